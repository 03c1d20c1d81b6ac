// The drivers of this gateway: what is declared in the store joined with what their supervision says. Writes to one driver
// go through one queue, where each is checked against the generation that its author saw.

import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { driverKinds } from "@flowfusion/driver-catalog";
import type { DriverKind, Endpoint, StartDocument } from "@flowfusion/driver-kit";
import { type Diagnostic, FlowFusionError, knownInstead } from "@flowfusion/graph";
import type { FastifyBaseLogger } from "fastify";
import {
  type DriverCounts,
  type DriverSnapshot,
  noCounts,
  SupervisedDriver,
  type SupervisionPolicy,
} from "../drivers/supervised-driver.ts";
import type { OutboundGuard } from "../security/outbound.ts";
import { isStale, type KeyRing, openSecret, sealSecret } from "../security/secrets.ts";
import type { DriverRow, DriverTable } from "../store/driver-table.ts";
import { Declared } from "./declared.ts";
import type { DriverBody, DriverKinds, DriverLog, DriverPage, DriverStatus } from "./driver-schemas.ts";
import type { Precondition } from "./etag.ts";
import { ApiError } from "./problem.ts";

const RESTORE_BATCH = 100;

type Sealed = { readonly [name: string]: string };

export interface DriverManagerParts {
  readonly table: DriverTable;
  readonly keys: KeyRing;
  readonly dataDir: string;
  /** Where drivers may push to; the first is taken, one on this machine's file system before others. */
  readonly addresses: readonly string[];
  readonly policy: SupervisionPolicy;
  /** Where drivers may connect to; anywhere when absent. */
  readonly outbound: OutboundGuard | undefined;
  readonly log: FastifyBaseLogger;
  /** See `DataPlane.receipt`. */
  readonly receipt: (session: string) => Promise<number>;
}

export class DriverManager {
  readonly #parts: DriverManagerParts;
  readonly #declared: Declared<DriverRow>;
  readonly #running = new Map<string, SupervisedDriver>();
  /** Drivers that could not be started at all, and why. */
  readonly #failures = new Map<string, string>();
  /** Of those that were stopped. */
  readonly #counts = new Map<string, DriverCounts>();
  #isClosed = false;

  constructor(parts: DriverManagerParts) {
    this.#parts = parts;
    this.#declared = new Declared("driver", parts.table);
  }

  /**
   * Starts every enabled driver, side by side: each looks up its device's name first, which takes long where no server answers.
   * Resolves when all were tried. One that cannot be started is listed as failed and keeps no other from starting.
   */
  async restore(): Promise<void> {
    for (let after = ""; ; ) {
      const rows = this.#parts.table.list(after, RESTORE_BATCH);
      await Promise.all(rows.map(({ name }) => this.#declared.alone(name, () => this.#startIfIdle(name))));
      if (rows.length < RESTORE_BATCH || this.#isClosed) return;
      after = rows.at(-1)!.name;
    }
  }

  /** Stops all, and starts none any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running.values()].map((driver) => driver.stop()));
  }

  kinds(): DriverKinds {
    return {
      items: [...driverKinds.values()].map(({ kind, summary, config, secrets }) => ({
        kind,
        summary,
        config,
        secrets,
      })),
    };
  }

  status(name: string): DriverStatus {
    return this.#describe(this.#declared.get(name));
  }

  list(after: string, limit: number): DriverPage {
    return this.#declared.page(after, limit, (row) => this.#describe(row));
  }

  logs(name: string): DriverLog {
    this.#declared.get(name);
    const lines = this.#running.get(name)?.logs ?? [];
    return { lines: lines.map(({ atMs, level, message }) => ({ at: isoOf(atMs), level, message })) };
  }

  /** For the audit log. */
  identify(name: string): object | undefined {
    const row = this.#declared.find(name);
    if (row === undefined) return undefined;
    const { generation, kind, enabled, config } = row;
    const known = driverKinds.get(kind);
    const endpoint = known && endpointIn(known, JSON.parse(config));
    return {
      ...{ generation, kind, enabled: enabled === 1 },
      ...(endpoint && { endpoint: `${endpoint.host}:${endpoint.port}` }),
    };
  }

  /** For the metrics: every driver that was started. */
  snapshots(): readonly (DriverSnapshot & { readonly name: string })[] {
    return [...this.#running].map(([name, driver]) => ({ name, ...driver.snapshot() }));
  }

  async put(name: string, precondition: Precondition, body: DriverBody, by: string): Promise<DriverStatus> {
    return this.#declared.put(name, precondition, async (before) => {
      const kind = kindOf(body.kind);
      if (before !== undefined && this.#isAsDeclared(before, body)) return this.#describe(before);
      const kept = before?.kind === body.kind ? keptSecrets(kind, before, body) : {};
      const secrets = this.#seal(name, kept, body.secrets ?? {});
      refuseProblems(kind, body, Object.keys(secrets), this.#parts.outbound);
      const draft = {
        ...{ name, kind: body.kind, config: JSON.stringify(body.config), secrets: JSON.stringify(secrets) },
        ...{ enabled: (body.enabled ?? true) ? 1 : 0, at: new Date().toISOString(), by },
      };
      // One that was deleted may have left its certificates and counts behind, which a new one of its name must never show.
      if (before === undefined) await rm(this.#folder(name), { recursive: true, force: true });
      const generation = this.#parts.table.put(draft, before?.generation);
      await this.#stop(name);
      await this.#start({ ...draft, generation });
      this.#parts.log.info({ driver: name, generation, kind: body.kind, by }, "driver declared");
      return this.status(name);
    });
  }

  /** Whether nothing is to be changed, nor to be started. */
  #isAsDeclared(row: DriverRow, { kind, config, secrets = {}, enabled = true }: DriverBody): boolean {
    if (enabled && this.#running.get(row.name)?.snapshot().state !== "running") return false;
    return (
      row.kind === kind &&
      (row.enabled === 1) === enabled &&
      isDeepStrictEqual(JSON.parse(row.config), config) &&
      Object.entries(secrets).every(([secret, text]) => this.#isKept(row, secret, text))
    );
  }

  /** One that an older key sealed is not: it is to be sealed anew. */
  #isKept({ name, secrets }: DriverRow, secret: string, text: string | null): boolean {
    const { [secret]: sealed } = JSON.parse(secrets) as Sealed;
    if (sealed === undefined || text === null) return sealed === undefined && text === null;
    const { keys } = this.#parts;
    try {
      return !isStale(keys, sealed) && openSecret(keys, ownerOf(name, secret), sealed) === text;
    } catch {
      return false;
    }
  }

  async restart(name: string): Promise<DriverStatus> {
    return this.#declared.alone(name, async () => {
      const row = this.#declared.get(name);
      await this.#stop(name);
      await this.#start(row);
      return this.status(name);
    });
  }

  async remove(name: string, precondition: Precondition, by: string): Promise<void> {
    return this.#declared.change(name, precondition, async (before) => {
      this.#parts.table.remove(name, before.generation, new Date().toISOString(), by);
      await this.#stop(name);
      this.#counts.delete(name);
      await rm(this.#folder(name), { recursive: true, force: true });
      this.#parts.log.info({ driver: name, by }, "driver deleted");
    });
  }

  async #stop(name: string): Promise<void> {
    const driver = this.#running.get(name);
    await driver?.stop();
    if (driver) this.#counts.set(name, countsOf(driver.snapshot()));
    this.#running.delete(name);
    this.#failures.delete(name);
  }

  async #startIfIdle(name: string): Promise<void> {
    const row = this.#declared.find(name);
    if (row !== undefined && !this.#running.has(name)) await this.#start(row);
  }

  async #start(row: DriverRow): Promise<void> {
    const { name } = row;
    if (row.enabled === 0) return;
    const { policy, log, receipt } = this.#parts;
    try {
      const kind = kindOf(row.kind);
      await this.#demandAllowed(kind, row);
      if (this.#isClosed) return;
      const { program } = kind;
      const start = await this.#startDocument(row);
      const onLog = ({ level, message }: { level: "info" | "warn" | "error"; message: string }) =>
        log[level]({ driver: name }, message);
      if (this.#isClosed) return;
      const counts = this.#counts.get(name);
      this.#running.set(name, new SupervisedDriver({ program, start, policy, counts, onLog, receipt }));
    } catch (error) {
      this.#failures.set(name, error instanceof Error ? error.message : String(error));
      log.error({ err: error, driver: name }, "driver cannot be started");
    }
  }

  /** What a name leads to may have changed since it was declared. A name that leads nowhere is the driver's to wait for. */
  async #demandAllowed(kind: DriverKind, { config }: DriverRow): Promise<void> {
    const endpoint = endpointIn(kind, JSON.parse(config));
    try {
      if (endpoint !== undefined) await this.#parts.outbound?.resolve(endpoint.host, endpoint.port);
    } catch (error) {
      if (error instanceof FlowFusionError) throw error;
    }
  }

  async #startDocument({ name, config, secrets }: DriverRow): Promise<StartDocument> {
    const { addresses, dataDir, keys, outbound } = this.#parts;
    const push = addresses.find((address) => address.startsWith("ipc:")) ?? addresses[0];
    if (push === undefined) throw new Error("the gateway listens to no drivers: start it with --ingest");
    const folder = this.#folder(name);
    const recordings = resolve(dataDir, "recordings");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(recordings, { recursive: true, mode: 0o700 });
    const sealed = Object.entries(JSON.parse(secrets) as Sealed);
    const clear = sealed.map(([secret, text]) => [secret, openSecret(keys, ownerOf(name, secret), text)] as const);
    return {
      ...{ name, push, folder, recordings, config: JSON.parse(config), secrets: Object.fromEntries(clear) },
      ...(outbound && { outbound: outbound.rules }),
    };
  }

  /** From the root, as its process runs in it. */
  #folder(name: string): string {
    return resolve(this.#parts.dataDir, "drivers", name);
  }

  #seal(name: string, kept: Sealed, given: NonNullable<DriverBody["secrets"]>): Sealed {
    const entries = new Map(Object.entries(kept));
    for (const [secret, text] of Object.entries(given)) {
      if (text === null) entries.delete(secret);
      else entries.set(secret, sealSecret(this.#parts.keys, ownerOf(name, secret), text));
    }
    return Object.fromEntries(entries);
  }

  #describe(row: DriverRow): DriverStatus {
    const { name, generation, kind, enabled, at, by } = row;
    const { lastErrorAtMs, startedAtMs, ...snapshot } = this.#running.get(name)?.snapshot() ?? this.#notRunning(row);
    return {
      ...{ name, generation, kind, config: JSON.parse(row.config), secrets: Object.keys(JSON.parse(row.secrets)) },
      ...{ enabled: enabled === 1, changedAt: at, changedBy: by },
      ...snapshot,
      ...(lastErrorAtMs === undefined ? {} : { lastErrorAt: isoOf(lastErrorAtMs) }),
      ...(startedAtMs === undefined ? {} : { startedAt: isoOf(startedAtMs) }),
    };
  }

  #notRunning({ name, enabled }: DriverRow): DriverSnapshot {
    const counts = { ...(this.#counts.get(name) ?? noCounts), updatesPerSecond: 0, restarts: 0 };
    if (enabled === 0) return { state: "stopped", ...counts };
    const reason = this.#failures.get(name);
    return reason === undefined ? { state: "starting", ...counts } : { state: "failed", reason, ...counts };
  }
}

const countsOf = ({ updates, bad, dropped, unsent, inDoubt }: DriverSnapshot): DriverCounts => ({
  ...{ updates, bad, dropped, unsent, inDoubt },
});
const ownerOf = (driver: string, secret: string): string => `driver/${driver}/${secret}`;
const isoOf = (ms: number): string => new Date(ms).toISOString();

function kindOf(name: string): DriverKind {
  const kind = driverKinds.get(name);
  if (kind !== undefined) return kind;
  const known = [...driverKinds.keys()];
  const what = `there is no driver of kind ${JSON.stringify(name)}${knownInstead(name, known)}`;
  throw new ApiError("FF_DRIVER_KIND", what);
}

/** Where a configuration that holds connects to. */
function endpointIn(kind: DriverKind, config: unknown): Endpoint | undefined {
  const { value } = kind.checkConfig(config);
  return value === undefined ? undefined : kind.endpoint?.(value);
}

/** Those of the driver before. Throws FF_DRIVER_SECRETS where they would go elsewhere. */
function keptSecrets(kind: DriverKind, before: DriverRow, { config, secrets = {} }: DriverBody): Sealed {
  const sealed = JSON.parse(before.secrets) as Sealed;
  const unnamed = Object.keys(sealed).filter((secret) => !(secret in secrets));
  const [from, to] = [kind.checkConfig(JSON.parse(before.config)).value, kind.checkConfig(config).value];
  // A configuration that does not hold is refused for that.
  if (unnamed.length === 0 || to === undefined || (from !== undefined && kind.isSamePlace?.(from, to))) return sealed;
  throw new ApiError(
    "FF_DRIVER_SECRETS",
    `driver ${before.name}: where it connects to changes, or what it trusts there, so its secrets do not stay: ${unnamed.join(", ")}`,
  );
}

function refuseProblems(
  kind: DriverKind,
  { config }: DriverBody,
  secrets: readonly string[],
  outbound: OutboundGuard | undefined,
): void {
  const known = Object.keys(kind.secrets);
  const diagnostics: Diagnostic[] = [
    ...kind.checkConfig(config).problems.map(({ path, message }) => ({
      ...{ code: "FF_DRIVER_CONFIG" as const, message },
      path: path === "" ? "config" : `config.${path}`,
    })),
    ...secrets
      .filter((secret) => !known.includes(secret))
      .map((secret) => ({
        ...{ code: "FF_DRIVER_CONFIG" as const, path: `secrets.${secret}` },
        message: `not known; ${kind.kind} has ${known.join(", ") || "none"}`,
      })),
  ];
  const endpoint = endpointIn(kind, config);
  try {
    if (endpoint !== undefined) outbound?.check(endpoint.host, endpoint.port);
  } catch (error) {
    if (!(error instanceof FlowFusionError)) throw error;
    diagnostics.push({ code: error.code, path: `config.${endpoint!.path}`, message: error.message });
  }
  if (diagnostics.length === 0) return;
  const summary = diagnostics.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new ApiError("FF_DRIVER_CONFIG", summary, { diagnostics });
}
