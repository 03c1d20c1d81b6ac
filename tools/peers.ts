// The foreign programs that tests talk to: libnng's `nngcat`, the MQTT broker mosquitto with its clients, nats-server, openssl, Chromium, strace,
// Prometheus and its promtool, and the Python libraries that devices of Modbus and OPC UA are made with. What is on PATH is used. What is missing is installed with
// apt-get where that is possible without asking, else the error says what to run; the Python packages go into the cache.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { pythonPackages, pythonPeersFolder } from "@flowfusion/driver-kit/testkit/python-packages";
import { runCommand, SetupError, step } from "./setup/progress.mjs";
import { ensurePythonPackages } from "./setup/python.ts";

const debianPackages = {
  nngcat: "nng-utils",
  mosquitto: "mosquitto",
  mosquitto_pub: "mosquitto-clients",
  mosquitto_sub: "mosquitto-clients",
  openssl: "openssl",
  "nats-server": "nats-server",
  chromium: "chromium",
  promtool: "prometheus",
  strace: "strace",
  pip3: "python3-pip",
} as const;

const expectedSeconds = 40;

/** Daemons live in sbin folders, which are not on everybody's PATH. */
export const peerSearchPath = [process.env.PATH ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(delimiter);

export async function ensurePeers(): Promise<void> {
  await ensurePrograms();
  await ensurePythonPackages({ requirements: pythonPackages, folder: pythonPeersFolder(), expectedSeconds });
}

async function ensurePrograms(): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const byHand = `apt-get update && apt-get install ${missing.join(" ")}`;
  const remedy = `run \`${byHand}\` as root (on other systems: install nng's tools, mosquitto, nats-server, openssl, Chromium, Prometheus and strace), then start again`;
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) {
    throw new SetupError(
      `The tests need programs that are not installed (Debian packages ${missing.join(", ")})`,
      remedy,
    );
  }
  await step(`Install ${missing.join(", ")}`, expectedSeconds, async (note) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await runCommand("apt-get", ["update"], { env, onLine: note, remedy });
    await runCommand("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], {
      env,
      onLine: note,
      remedy,
    });
  });
  if (missingPackages().length > 0) {
    throw new SetupError(`apt-get installed ${missing.join(", ")}, but the programs are not on PATH`, remedy);
  }
}

function missingPackages(): string[] {
  const missing = Object.entries(debianPackages).filter(([program]) => !isOnPath(program));
  return [...new Set(missing.map(([, debianPackage]) => debianPackage))];
}

function isOnPath(program: string): boolean {
  return peerSearchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
