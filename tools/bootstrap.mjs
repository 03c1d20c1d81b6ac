// The way into every npm script: `node tools/bootstrap.mjs <task> [options]`. It makes a fresh clone ready (npm packages,
// then the Node.js they bring) and hands over to tools/run.ts, which does the rest under that Node.js.
//
// Plain JavaScript for Node ≥ 20 without dependencies, since nothing is installed yet when it runs. What is in place
// already is left alone, so a second start costs a fraction of a second.

import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { handOver } from "./setup/hand-over.mjs";
import { withLock } from "./setup/lock.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { failWith, SetupError } from "./setup/progress.mjs";
import { ensureNode } from "./setup/runtime.mjs";

const nodeMajorMin = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function makeReady() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < nodeMajorMin) {
    throw new SetupError(
      `Node.js ${process.versions.node} is too old to start with, ${nodeMajorMin} or newer is needed`,
      "install a current Node.js from your distribution or from nodejs.org, then start again",
    );
  }
  if (process.platform === "win32") {
    throw new SetupError("Windows is not supported", "use Linux, macOS or the Windows Subsystem for Linux");
  }
  return withLock(join(root, ".flowfusion", "bootstrap.lock"), async () => {
    await ensurePackages(root);
    return ensureNode(root);
  });
}

makeReady().then((node) => {
  const path = [dirname(node), process.env.PATH].join(delimiter);
  handOver(node, [join(root, "tools", "run.ts"), ...process.argv.slice(2)], { ...process.env, PATH: path });
}, failWith);
