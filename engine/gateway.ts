// A whole gateway: store, data plane and control API, started in that order and stopped in the reverse one. What was
// started is stopped again when a later part does not start.

import { join } from "node:path";
import { Server as TlsServer } from "node:tls";
import { defaultFlowLimits, type FlowLimits } from "@flowfusion/fusion";
import { FlowFusionError, type ModuleCatalog } from "@flowfusion/graph";
import type { App, Services } from "./agent/app.ts";
import { Artefacts } from "./agent/artefacts.ts";
import { auditAttack } from "./agent/audit.ts";
import { ConnectionManager } from "./agent/connection-manager.ts";
import { ConsoleFiles } from "./agent/console-files.ts";
import { Deployer } from "./agent/deploy.ts";
import { Deployments } from "./agent/deployments.ts";
import { Drafts } from "./agent/drafts.ts";
import { DriverManager } from "./agent/driver-manager.ts";
import { statsInParts } from "./agent/flow-counts.ts";
import { FlowManager } from "./agent/flow-manager.ts";
import { FlowTools } from "./agent/flow-tools.ts";
import type { HttpLimits } from "./agent/http-limits.ts";
import { Layouts } from "./agent/layouts.ts";
import { clearLeftovers } from "./agent/leftovers.ts";
import { type HttpAddress, listen } from "./agent/listen.ts";
import { Live } from "./agent/live.ts";
import { Modules } from "./agent/modules.ts";
import { NodeTypes } from "./agent/node-types.ts";
import { Readiness } from "./agent/readiness.ts";
import { Releases } from "./agent/releases.ts";
import type { GatewayInfo } from "./agent/schemas.ts";
import { StorageProbe } from "./agent/storage-probe.ts";
import { Backups } from "./backup/backup.ts";
import { beginning } from "./beginning.ts";
import { CheckpointFolder } from "./checkpoints/checkpoint-folder.ts";
import { Connections } from "./connections/connections.ts";
import { deadLetterFolder, deadLetterSuffix } from "./dataplane/dead-letter-journal.ts";
import { type DataPlaneOptions, startDataPlane } from "./dataplane/index.ts";
import type { DataPlane, DiskStats } from "./dataplane/types.ts";
import { defaultWorkshopLimits, Workshop, type WorkshopLimits } from "./drafts/workshop.ts";
import { defaultSupervision, type SupervisionPolicy } from "./drivers/supervised-driver.ts";
import { setEngineOptions, whileCompilersRest } from "./engine-options.ts";
import { type FailpointCells, watchFailpoints } from "./failpoints.ts";
import { IdleCollector } from "./idle-collector.ts";
import { inMemoryAlone } from "./observe/in-memory-alone.ts";
import type { LogOptions } from "./observe/logging.ts";
import { Metrics } from "./observe/metrics.ts";
import { startTracing } from "./observe/tracing.ts";
import { Downloads } from "./recorder/downloads.ts";
import { selectUpdates } from "./recorder/select.ts";
import { loadKeyRing } from "./security/key-file.ts";
import { defaultLoginLimits, type LoginLimits, Logins } from "./security/logins.ts";
import { defaultOutboundRules, OutboundGuard, type OutboundRules } from "./security/outbound.ts";
import { loadPublishers } from "./security/publishers.ts";
import { Sessions } from "./security/sessions.ts";
import { ApiTls, type TlsFiles } from "./security/tls-files.ts";
import { Tokens } from "./security/tokens.ts";
import { FlowFolder } from "./store/flow-folder.ts";
import { Store } from "./store/store.ts";
import { gatewayVersion } from "./version.ts";

const ARTEFACT_BYTES_MAX = 32 * 1024 * 1024;
const PROBE_MS = 2_000;
const HEALTH_GATE_MS = 10_000;
const GARBAGE_IDLE_MS = 1_000;
const SWEEP_INTERVAL_MS = 10 * 60 * 1000;

export type DataPlaneFactory = (options: DataPlaneOptions) => Promise<DataPlane>;

export interface GatewayOptions {
  /** Made when it does not exist. Belongs to one gateway at a time. */
  readonly dataDir: string;
  readonly http?: HttpAddress;
  /** Without it, the API listens on loopback only. */
  readonly tls?: TlsFiles;
  readonly httpLimits?: Partial<HttpLimits>;
  /** How often an address may send tokens that are not valid. */
  readonly loginLimits?: Partial<LoginLimits>;
  /** Where drivers push to, see `DataPlaneOptions`. */
  readonly ingest: readonly string[];
  /** Threads that run flows; 1 when absent. */
  readonly workers?: number;
  /** Replaces the token of an earlier start; absent, the first start draws one. */
  readonly token?: string;
  /** What seals secrets; `secret.key` in the data folder when absent. */
  readonly secretKeyFile?: string;
  /** Ed25519 public keys in PEM. With at least one, only releases run that one of them signed. */
  readonly publisherKeyFiles?: readonly string[];
  /** The node types that come with the gateway; called when they are needed first. None when absent. */
  readonly builtInNodes?: () => Promise<ModuleCatalog>;
  /** What drafts are fused within. */
  readonly drafts?: Partial<WorkshopLimits>;
  /** What each flow is granted at most. */
  readonly limits?: Partial<FlowLimits>;
  readonly artefactBytesMax?: number;
  /** How much of what comes in is kept for recordings; 0 for nothing. 4 MiB when absent. */
  readonly recorderBytesMax?: number;
  /** Where sinks and drivers may connect to; to every host and this one, but to no link-local or metadata address, when absent. */
  readonly outbound?: OutboundRules;
  /** Folder of the built web console, served under /console/; none is served when absent. */
  readonly consoleDir?: string;
  readonly log?: LogOptions;
  /** How long a new version of a flow is on trial where its options do not say, ms; 0 for not at all. 10 s when absent. */
  readonly healthGateMs?: number;
  /** When drivers that end are started again. */
  readonly supervision?: Partial<SupervisionPolicy>;
  /** The data plane of engine/dataplane when absent. */
  readonly startDataPlane?: DataPlaneFactory;
  /** Pause between two rounds of checkpoints, ms. 5 s when absent. */
  readonly checkpointIntervalMs?: number;
  /** Whether garbage of starts and deploys is collected soon after: for who runs nothing else on this thread. */
  readonly collectsGarbage?: boolean;
  /** For tests that end the process, or make the disk fail, at a certain place. */
  readonly failpoints?: FailpointCells;
}

export interface Gateway {
  /** Base URL of the control API. */
  readonly url: string;
  /** Where the web console is; undefined when none is served. */
  readonly consoleUrl: string | undefined;
  /** In clear when it was given or drawn at this start; undefined when an earlier start's stays valid. */
  readonly token: string | undefined;
  /** That the API was started with, and those that lead to its root, PEM; undefined without TLS. */
  readonly certificate: string | undefined;
  /** Where drivers push to, with the ports that were bound. */
  readonly addresses: readonly string[];
  /** Resolves when the data plane died: nothing is processed any more, so end the process and start it anew. */
  readonly failed: Promise<Error>;
  /** Reads certificate and key again, for the connections from now on; throws, and keeps those it has, when they are no good. */
  reloadTls(): Promise<void>;
  /** Answers what is under way, flushes the data plane, releases the data folder. */
  close(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  watchFailpoints(options.failpoints);
  await using started = new AsyncDisposableStack();
  const store = started.adopt(await Store.open(options.dataDir), (opened) => opened.close());
  // Its threads start beside what follows, which does not need them. Should they not, the await below says so.
  const starting = (options.startDataPlane ?? startDataPlane)(dataPlaneOptions(options));
  const settled = starting.catch(() => undefined);
  started.defer(async () => (await settled)?.close());
  // As is the largest part of the code.
  const { createApp, serveApi } = await import("./agent/server.ts");
  const stopTracing = await startTracing(process.env, { version: gatewayVersion, gatewayId: store.id });
  if (stopTracing) started.defer(stopTracing);
  const keys = await loadKeyRing({ dataDir: options.dataDir, keyFile: options.secretKeyFile });
  const outbound = new OutboundGuard(options.outbound ?? defaultOutboundRules);
  const tokens = new Tokens(store.tokens);
  const token = tokens.establish(options.token);
  const tls = options.tls === undefined ? undefined : await ApiTls.open(options.tls);
  const app = createApp({ log: options.log ?? { level: "info" }, tls: tls?.material, limits: options.httpLimits });
  const invalidity = tls?.invalidity();
  if (invalidity !== undefined) app.log.error({ why: invalidity }, "clients that check the certificate do not connect");
  const limits = { ...defaultFlowLimits, ...options.limits };
  const nodeTypes = new NodeTypes(store, options.builtInNodes ?? (async () => new Map()));
  const modules = new Modules(store, nodeTypes);
  const healthGateMs = options.healthGateMs ?? HEALTH_GATE_MS;
  const connections = new Connections(store, keys, outbound);
  const folders = {
    checkpoints: await CheckpointFolder.open(join(options.dataDir, "checkpoints")),
    spools: new FlowFolder(join(options.dataDir, "spool")),
    deadLetters: new FlowFolder(join(options.dataDir, deadLetterFolder), deadLetterSuffix),
  };
  const leftovers = await clearLeftovers(folders, store.flows.names());
  const releases = new Releases(store, await loadPublishers(options.publisherKeyFiles ?? []));
  const deployments = started.adopt(await Deployments.open(options.dataDir), (opened) => opened.close());
  if (deployments.damage !== undefined) {
    app.log.error({ why: deployments.damage }, "some of what became of deploys is lost");
  }
  const consoleFiles = options.consoleDir === undefined ? undefined : await ConsoleFiles.open(options.consoleDir);
  const dataPlane = await starting;
  setEngineOptions();
  const ending = new AbortController();
  app.addHook("preClose", async () =>
    ending.abort(new FlowFusionError("FF_API_BUSY", "the gateway ends; ask again once it runs again")),
  );
  const closing = ending.signal;
  let requests = 0;
  app.addHook("onResponse", (_request, _reply, done) => {
    requests++;
    done();
  });
  // Nobody's flow waits for the agent, and it may be asked each second.
  const garbage = options.collectsGarbage
    ? new IdleCollector({ idleMs: GARBAGE_IDLE_MS, work: () => requests, mayInterrupt: true })
    : undefined;
  const deployer = new Deployer({
    ...{ store, dataPlane, limits, folders, connections, modules, healthGateMs, closing, garbage },
  });
  const flows = new FlowManager({ store, dataPlane, deployer, releases, deployments, closing, log: app.log });
  started.defer(() => flows.ended());
  const drivers = started.adopt(
    new DriverManager({
      table: store.drivers,
      keys,
      dataDir: options.dataDir,
      addresses: dataPlane.addresses,
      policy: { ...defaultSupervision, ...options.supervision },
      outbound,
      log: app.log,
      receipt: (session) => dataPlane.receipt(session),
    }),
    (running) => running.close(),
  );

  const sweeping = setInterval(() => void sweep(store, app), SWEEP_INTERVAL_MS);
  started.defer(() => clearInterval(sweeping));
  started.adopt(app, (listening) => listening.close());
  const logins = new Logins(tokens, { ...defaultLoginLimits, ...options.loginLimits }, (attack) =>
    auditAttack(app, store.audit, attack),
  );
  const connectionManager = new ConnectionManager(connections, flows, app.log);
  const services = assembleServices({
    ...{ store, tokens, logins, releases, connections: connectionManager, dataPlane, flows, drivers, limits, options },
    ...{ modules, nodeTypes, tls, closing, log: app.log },
    console: consoleFiles,
  });
  // The API is made ready while flows start; nobody is answered before all have. What compiling all that would take at once stays
  // with the process.
  await whileCompilersRest(() => Promise.all([flows.restore(leftovers), serveApi(app, services)]));
  flows.interruptDeployments();
  // Not waited for: who looks after the gateway must reach it where nobody answers for the names of devices.
  drivers.restore().catch((error: unknown) => app.log.error({ err: error }, "drivers were not started"));
  const url = await listen(app, options.http ?? { host: "127.0.0.1", port: 0 }, tls !== undefined);
  const { addresses, failed } = dataPlane;
  app.log.info({ url, addresses, flows: flows.count, version: gatewayVersion }, "gateway started");

  void failed.then((error) => app.log.fatal({ err: error }, "the data plane died"));

  const running = started.move();
  return {
    url,
    consoleUrl: consoleFiles && `${url}/console/`,
    token,
    certificate: tls?.material.cert,
    addresses,
    failed,
    reloadTls: () => reloadTls(app, tls),
    close: () => running.disposeAsync(),
  };
}

function dataPlaneOptions(options: GatewayOptions): DataPlaneOptions {
  const { ingest, workers = 1, dataDir, checkpointIntervalMs, recorderBytesMax, failpoints } = options;
  const outbound = options.outbound ?? defaultOutboundRules;
  return {
    ingest,
    workers,
    dataDir,
    failpoints,
    ...(checkpointIntervalMs !== undefined && { checkpointIntervalMs }),
    ...(recorderBytesMax !== undefined && { recorderBytesMax }),
    outbound,
  };
}

function assembleServices(parts: {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly logins: Logins;
  readonly releases: Releases;
  readonly connections: ConnectionManager;
  readonly dataPlane: DataPlane;
  readonly flows: FlowManager;
  readonly modules: Modules;
  readonly nodeTypes: NodeTypes;
  readonly drivers: DriverManager;
  readonly limits: FlowLimits;
  readonly options: GatewayOptions;
  readonly tls: ApiTls | undefined;
  readonly log: App["log"];
  readonly closing: AbortSignal;
  readonly console: ConsoleFiles | undefined;
}): Services {
  const {
    store,
    tokens,
    logins,
    releases,
    connections,
    dataPlane,
    flows,
    drivers,
    modules,
    nodeTypes,
    limits,
    closing,
  } = parts;
  const artefactBytesMax = parts.options.artefactBytesMax ?? ARTEFACT_BYTES_MAX;
  const startedAtMs = beginning();
  const { id } = store;
  const artefacts = new Artefacts(store);
  const storageProbe = new StorageProbe(() => store.probe());
  const readiness = new Readiness({
    async attempt() {
      await storageProbe.now();
      await answerWithin(PROBE_MS, dataPlane.stats([]));
    },
    onChange: (reason) => (reason ? parts.log.warn({ err: reason }, "not ready") : parts.log.info("ready again")),
  });
  const downloads = new Downloads(closing);
  const backups = new Backups(store, (error) =>
    parts.log.error({ err: error }, "a damaged file is left out of a backup"),
  );
  const workshop = new Workshop({ ...defaultWorkshopLimits, ...parts.options.drafts });
  return {
    flows,
    modules,
    nodeTypes,
    layouts: new Layouts(store, flows),
    live: new Live({ store, dataPlane, modules }),
    drafts: new Drafts({ workshop, nodeTypes, artefacts, releases, flows, dataPlane, limits, artefactBytesMax }),
    tools: new FlowTools({ store, dataPlane, flows, modules }),
    closing,
    console: parts.console,
    drivers,
    artefacts,
    artefactBytesMax,
    readiness,
    releases,
    connections,
    tokens,
    logins,
    sessions: new Sessions(tokens),
    audit: store.audit,
    async describeGateway() {
      const { ingest, disk, socketToSinkQueueP50Us, socketToSinkQueueP99Us } = await dataPlane.stats([]);
      const { fuelPerMessage, fuelBurst, maxPagesPerMemory } = limits;
      return {
        id,
        version: gatewayVersion,
        startedAt: new Date(startedAtMs()).toISOString(),
        addresses: [...dataPlane.addresses],
        flows: flows.count,
        limits: { artefactBytesMax, fuelPerMessage, fuelBurst, maxPagesPerMemory },
        ingest,
        socketToSinkQueueP50Us,
        socketToSinkQueueP99Us,
        rssBytes: process.memoryUsage.rss(),
        storage: await describeStorage(store, await storageProbe.lately(), disk, flows),
        ...(parts.tls && { certificate: parts.tls.validity }),
      };
    },
    async recorder() {
      return (await dataPlane.stats([])).recorder;
    },
    record: (selection, answer) =>
      downloads.make(answer, async () => selectUpdates(await dataPlane.recording(), selection)),
    async metrics() {
      const metrics = new Metrics();
      for await (const stats of statsInParts(dataPlane, [...store.flows.names()])) metrics.addFlows(stats.flows);
      const { brokenAtStart, refusedCheckpoints } = flows;
      return metrics.end({
        version: gatewayVersion,
        startedAtMs: startedAtMs(),
        stats: await dataPlane.stats([]),
        brokenAtStart,
        refusedCheckpoints,
        storageError: await storageProbe.lately(),
        deploymentsError: flows.deployments.error,
        drivers: drivers.snapshots(),
        logins: logins.counts,
        certificate: parts.tls?.validity,
      });
    },
    backup: (answer) => backups.take(answer),
  };
}

async function describeStorage(
  store: Store,
  reason: string | undefined,
  disk: DiskStats,
  flows: FlowManager,
): Promise<GatewayInfo["storage"]> {
  return {
    isWritable: reason === undefined,
    ...(reason !== undefined && { reason }),
    freeBytes: await store.freeBytes(),
    checkpointFailures: disk.checkpointFailures,
    checkpointsRefused: [...flows.refusedCheckpoints.values()].reduce((sum, count) => sum + count, 0),
    inMemoryAlone: inMemoryAlone(disk, flows.deployments.error),
  };
}

async function reloadTls(app: App, tls: ApiTls | undefined): Promise<void> {
  if (tls === undefined || !(app.server instanceof TlsServer)) return;
  const before = tls.material;
  const { cert, ca } = await tls.renew();
  app.server.setSecureContext(tls.material);
  if (cert !== before.cert || ca !== before.ca) {
    app.log.info(tls.validity, "certificate read again");
    return;
  }
  const remedy = "restart the gateway where systemd gives it a copy (LoadCredential), which is as old as its start";
  app.log.warn({ ...tls.validity, remedy }, "certificate read again, and it is the one from before");
}

/** Runs on a timer, so nobody waits for it: a failure is logged and the next round tries again. */
async function sweep(store: Store, app: App): Promise<void> {
  try {
    const swept = await store.sweep();
    if (swept.length > 0) {
      app.log.info({ artefacts: swept }, "unused artefacts removed");
    }
  } catch (error) {
    app.log.error({ err: error }, "unused artefacts could not be removed");
  }
}

/** A data plane that hangs is as unfit as one that fails, and a supervisor must be told. */
async function answerWithin(ms: number, answer: Promise<unknown>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the data plane gave no answer within ${ms} ms`)), ms);
  try {
    await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
