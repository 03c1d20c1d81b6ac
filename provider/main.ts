// The process that Pulumi's engine starts. Its first line of output is its port, and there is no other.
//
// The code is loaded after the cache of compiled code is on: an engine starts a provider for each command.

import { enableCompileCache, flushCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** How often to look whether the engine is still there, and to keep what was compiled, as engines end providers by force. ms. */
const intervalMs = 2_000;

enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "flowfusion", "compiled"));
const { startProvider } = await import("./server.ts");

const provider = await startProvider();
process.stdout.write(`${provider.port}\n`);
setImmediate(flushCompileCache);

// An engine that was killed cannot say goodbye; without it there is nobody to serve.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
  flushCompileCache();
}, intervalMs).unref();
