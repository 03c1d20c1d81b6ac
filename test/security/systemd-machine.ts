// A machine of its own that systemd has started: a container of podman whose first process systemd is, with Node.js and npm, and the
// network of this machine, so that devices and brokers are reached on loopback.

import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "@flowfusion/testkit";

/** What would touch the machine that the container runs on is left out. */
const containerfile = (base: string) => `FROM ${base}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends systemd systemd-sysv
RUN systemctl mask systemd-sysctl.service systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service
ENTRYPOINT ["/sbin/init"]
`;

export class SystemdMachine implements AsyncDisposable {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  /** Why there can be none here; undefined when there can. */
  static missing(base: string): string | undefined {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return "systemd is started by root on Linux alone";
    if (spawnSync("podman", ["--version"]).status !== 0) return "podman is not installed";
    const tried = spawnSync("podman", ["run", "--rm", "--privileged", base, "true"], { encoding: "utf8" });
    return tried.status === 0 ? undefined : `podman cannot run ${base}: ${tried.stderr.trim()}`;
  }

  static async start(base: string): Promise<SystemdMachine> {
    const name = `flowfusion-systemd-${process.pid}`;
    const folder = await mkdtemp(path.join(tmpdir(), "ff-systemd-"));
    try {
      await writeFile(path.join(folder, "Containerfile"), containerfile(base));
      podman("build", "--tag", name, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
    podman("run", "--detach", "--name", name, "--privileged", "--systemd=always", "--network=host", name);
    const machine = new SystemdMachine(name);
    try {
      // As on a machine that is no container: systemd mounts credentials beside itself, and is to see them.
      await eventually(() =>
        machine.run("systemctl is-system-running --wait || systemctl is-system-running | grep degraded"),
      );
      machine.run("mount --make-rshared /");
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a script of bash as root, in `/root`. Gives what it printed; throws what went wrong. */
  run(script: string): string {
    return podman("exec", "--workdir", "/root", this.#name, "bash", "-euo", "pipefail", "-c", script);
  }

  /** Copies a file or folder to `to`, below `/root`. */
  copy(from: string, to: string): void {
    this.run(`mkdir --parents "$(dirname ${to})"`);
    podman("cp", from, `${this.#name}:/root/${to}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync("podman", ["rm", "--force", "--time", "5", this.#name]);
    spawnSync("podman", ["rmi", "--force", this.#name]);
  }
}

function podman(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("podman", args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`podman ${args.join(" ")}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  return stdout.trim();
}
