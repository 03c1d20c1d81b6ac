// The typed client of a gateway's control API, used by the provider, the command line and the console.
// Reads and uploads are tried again when nobody answers; writes to flows are not, because their answer may have been
// lost after they took effect, and If-Match makes the caller look before it repeats.

import { type Digest, type FlowName, sha256 } from "@flowfusion/graph";
import type {
  AuditEntry,
  AuditVerdict,
  NewToken,
  ReleaseBundle,
  ReleaseInfo,
  TokenInfo,
  TokenRequest,
} from "./access-types.ts";
import type { ConnectionChanged, ConnectionInfo, ConnectionRequest } from "./connection-types.ts";
import type { DriverDeclaration, DriverKinds, DriverLog, DriverStatus } from "./driver-types.ts";
import { GatewayError } from "./errors.ts";
import { eventsOf } from "./events.ts";
import { exchange, type HttpRequest, readBody } from "./http.ts";
import {
  artefactPath,
  connectionPath,
  developmentPath,
  driverPath,
  type ExpectedGeneration,
  flowPath,
  precondition,
  queryString,
} from "./requests.ts";
import { defaultRetryPolicy, type RetryPolicy, withRetries } from "./retry.ts";
import type { TlsTrust } from "./secure-fetch.ts";
import { createTransport, type Transport } from "./transport.ts";
import type {
  ArtefactInfo,
  DeadLetter,
  Deployment,
  DeploymentEvent,
  Development,
  DryRun,
  FlowOptions,
  FlowStats,
  FlowStatus,
  FlowVersion,
  GatewayInfo,
  Page,
  PageQuery,
  RecorderInfo,
  RecordingQuery,
  ReplayReport,
  TraceStep,
} from "./types.ts";

export interface GatewayClientOptions {
  /** For example `http://127.0.0.1:7480`. */
  readonly endpoint: string;
  readonly token?: string;
  /** For an https endpoint whose certificate no public authority signed, and for client certificates. Node.js only. */
  readonly tls?: TlsTrust;
  /** For one try of one call, ms. 30 s when absent. */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface DeployRequest {
  readonly artefact: Digest;
  readonly expected: ExpectedGeneration;
  readonly options?: FlowOptions;
  /**
   * `swapped`: until the new version runs and is recorded. `healthy`: until its trial is over as well, which may take
   * `healthGateMs`; give a timeout for it. `swapped` when absent.
   */
  readonly wait?: "swapped" | "healthy";
}

type Call = Omit<HttpRequest, "timeoutMs" | "signal">;

export class GatewayClient {
  readonly endpoint: string;
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #retry: RetryPolicy;

  constructor(options: GatewayClientOptions) {
    this.#transport = createTransport(options);
    this.endpoint = this.#transport.endpoint;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#retry = { ...defaultRetryPolicy, ...options.retry };
  }

  async gateway(call: CallOptions = {}): Promise<GatewayInfo> {
    return this.#json({ method: "GET", path: "/v1/gateway" }, call, true);
  }

  /** All that the gateway remembers, for `flowfusion gateway restore`; takes an admin. Check it with its checksum. */
  async backup(call: CallOptions = {}): Promise<Uint8Array> {
    return this.#bytes({ method: "GET", path: "/v1/backup" }, call);
  }

  /** Puts an artefact into the gateway's store, from where a flow can be deployed. Harmless to repeat. */
  async uploadArtefact(wasm: Uint8Array<ArrayBuffer>, call: CallOptions = {}): Promise<ArtefactInfo> {
    const headers = { "content-type": "application/wasm" };
    return this.#json({ method: "PUT", path: artefactPath(sha256(wasm)), headers, body: wasm }, call, true);
  }

  /** Whether the gateway holds the artefact, whole. */
  async hasArtefact(digest: Digest, call: CallOptions = {}): Promise<boolean> {
    return this.#has(artefactPath(digest), call);
  }

  async #has(path: string, call: CallOptions): Promise<boolean> {
    try {
      await this.#send({ method: "HEAD", path }, call, true, discardBody);
      return true;
    } catch (error) {
      // A HEAD answer has no body, so no code: 404 is all that can be told.
      if (error instanceof GatewayError && error.status === 404) {
        return false;
      }
      throw error;
    }
  }

  async downloadArtefact(digest: Digest, call: CallOptions = {}): Promise<Uint8Array> {
    const bytes = await this.#bytes({ method: "GET", path: artefactPath(digest) }, call);
    const found = sha256(bytes);
    if (found !== digest) {
      throw this.#badAnswer(`GET ${artefactPath(digest)}`, `the bytes hash to ${found}`);
    }
    return bytes;
  }

  /** Tells the gateway that a publisher signed an artefact it holds. Harmless to repeat. */
  async uploadRelease(digest: Digest, bundle: ReleaseBundle, call: CallOptions = {}): Promise<ReleaseInfo> {
    const headers = { "content-type": "application/json" };
    const path = `${artefactPath(digest)}/bundle`;
    return this.#json({ method: "PUT", path, headers, body: JSON.stringify(bundle) }, call, true);
  }

  /** The artefact that a flow runs. */
  async flowArtefact(name: FlowName, call: CallOptions = {}): Promise<Uint8Array> {
    return this.#bytes({ method: "GET", path: `${flowPath(name)}/artefact` }, call);
  }

  async listFlows(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowStatus>> {
    return this.#json({ method: "GET", path: `/v1/flows${queryString(query)}` }, call, true);
  }

  /** The flow, or undefined when the gateway itself says that it has none of this name; every other failure throws. */
  async getFlow(name: FlowName, call: CallOptions = {}): Promise<FlowStatus | undefined> {
    const status = await this.#found<FlowStatus>({ method: "GET", path: flowPath(name) }, call);
    return status === undefined ? undefined : this.#checkStatus(status, name);
  }

  async deployFlow(name: FlowName, request: DeployRequest, call: CallOptions = {}): Promise<FlowStatus> {
    const wait = request.wait === undefined ? "" : `?wait=${request.wait}`;
    const status = await this.#json<FlowStatus>(
      {
        method: "PUT",
        path: `${flowPath(name)}${wait}`,
        headers: { "content-type": "application/json", ...precondition(request.expected) },
        body: deployBody(request),
      },
      call,
      false,
    );
    return this.#checkStatus(status, name);
  }

  /** What a deploy would do with the flow and its state; changes nothing. Throws as the deploy would. */
  async dryRun(
    name: FlowName,
    request: Omit<DeployRequest, "expected" | "wait">,
    call: CallOptions = {},
  ): Promise<DryRun> {
    const body = deployBody(request);
    return this.#json({ method: "POST", path: `${flowPath(name)}/dry-run`, headers: jsonHeaders, body }, call, true);
  }

  /** The last deploys since the gateway's start, newest first. */
  async deployments(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<Deployment>> {
    return this.#json({ method: "GET", path: `/v1/deployments${queryString(query)}` }, call, true);
  }

  async deployment(id: string, call: CallOptions = {}): Promise<Deployment> {
    return this.#json({ method: "GET", path: `/v1/deployments/${encodeURIComponent(id)}` }, call, true);
  }

  /** What happens to a deploy, from its beginning to its end, as it happens. */
  followDeployment(id: string, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<DeploymentEvent> {
    return this.#events(`/v1/deployments/${encodeURIComponent(id)}/events`, call);
  }

  /** Messages that the flow died of, oldest first. */
  async deadLetters(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<DeadLetter>> {
    return this.#json({ method: "GET", path: `${flowPath(name)}/dead-letters${queryString(query)}` }, call, true);
  }

  /** Gives dead letters to the flow once more; all when no ids are named. */
  async replayDeadLetters(name: FlowName, ids?: readonly number[], call: CallOptions = {}): Promise<ReplayReport> {
    const body = JSON.stringify(ids === undefined ? {} : { ids });
    const path = `${flowPath(name)}/dead-letters/replay`;
    return this.#json({ method: "POST", path, headers: jsonHeaders, body }, call, false);
  }

  /** Throws dead letters away; all when no ids are named. Gives how many there were. */
  async discardDeadLetters(name: FlowName, ids?: readonly number[], call: CallOptions = {}): Promise<number> {
    const body = JSON.stringify(ids === undefined ? {} : { ids });
    const path = `${flowPath(name)}/dead-letters/discard`;
    const answer = await this.#json<{ discarded: number }>(
      { method: "POST", path, headers: jsonHeaders, body },
      call,
      false,
    );
    return answer.discarded;
  }

  /** Whether the flow runs node by node. */
  async development(name: FlowName, call: CallOptions = {}): Promise<Development> {
    return this.#json({ method: "GET", path: developmentPath(name) }, call, true);
  }

  /** Runs the flow node by node, `forMs` long. Throws `FF_DEVELOPMENT_MODULES` when modules are to be uploaded first. */
  async startDevelopment(
    name: FlowName,
    request: { readonly forMs?: number } = {},
    call: CallOptions = {},
  ): Promise<Development> {
    const body = JSON.stringify(request);
    return this.#json({ method: "PUT", path: developmentPath(name), headers: jsonHeaders, body }, call, true);
  }

  async endDevelopment(name: FlowName, call: CallOptions = {}): Promise<Development> {
    return this.#json({ method: "DELETE", path: developmentPath(name) }, call, true);
  }

  /** Puts node modules into the gateway's store that it does not have yet. */
  async uploadModules(
    modules: readonly { readonly digest: Digest; readonly wasm: Uint8Array }[],
    call: CallOptions = {},
  ): Promise<void> {
    const headers = { "content-type": "application/wasm" };
    for (const { digest, wasm } of modules) {
      const path = `/v1/modules/${digest}`;
      if (await this.#has(path, call)) continue;
      await this.#json({ method: "PUT", path, headers, body: Uint8Array.from(wasm) }, call, true);
    }
  }

  /** What happened at each node in development mode, oldest first. */
  async trace(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<TraceStep>> {
    return this.#json({ method: "GET", path: `${flowPath(name)}/trace${queryString(query)}` }, call, true);
  }

  /** The steps behind the one of id `after`, as they happen. Goes on until `signal` ends it. */
  followTrace(name: FlowName, after = 0, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<TraceStep> {
    return this.#events(`${flowPath(name)}/trace/events?after=${after}`, call);
  }

  async versions(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowVersion>> {
    return this.#json({ method: "GET", path: `${flowPath(name)}/versions${queryString(query)}` }, call, true);
  }

  /** Deploys an earlier version anew, as the next generation; the one before the current when `generation` is absent. */
  async rollBack(
    name: FlowName,
    request: { readonly expected: number; readonly generation?: number },
    call: CallOptions = {},
  ): Promise<FlowStatus> {
    const status = await this.#json<FlowStatus>(
      {
        method: "POST",
        path: `${flowPath(name)}/rollback`,
        headers: { "content-type": "application/json", ...precondition(request.expected) },
        body: JSON.stringify(request.generation === undefined ? {} : { generation: request.generation }),
      },
      call,
      false,
    );
    return this.#checkStatus(status, name);
  }

  /** Stops the flow and forgets its state. Its versions stay in the gateway's log. */
  async deleteFlow(name: FlowName, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
    await this.#send(
      { method: "DELETE", path: flowPath(name), headers: precondition(request.expected) },
      call,
      false,
      discardBody,
    );
  }

  async stats(name: FlowName, call: CallOptions = {}): Promise<FlowStats> {
    return this.#json({ method: "GET", path: `${flowPath(name)}/stats` }, call, true);
  }

  /** Counters of all flows that run, by name. */
  async listStats(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowStats>> {
    return this.#json({ method: "GET", path: `/v1/stats${queryString(query)}` }, call, true);
  }

  /** All of them; there are never many. */
  async listConnections(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<ConnectionInfo>> {
    return this.#json({ method: "GET", path: `/v1/connections${queryString(query)}` }, call, true);
  }

  /** The connection, or undefined when the gateway itself says that it has none of this name. */
  async getConnection(name: string, call: CallOptions = {}): Promise<ConnectionInfo | undefined> {
    return this.#found<ConnectionInfo>({ method: "GET", path: connectionPath(name) }, call);
  }

  /** Makes or changes a connection; the flows that name it go on with the change. */
  async putConnection(
    name: string,
    request: ConnectionRequest & { readonly expected: ExpectedGeneration },
    call: CallOptions = {},
  ): Promise<ConnectionChanged> {
    const { expected, ...body } = request;
    const headers = { "content-type": "application/json", ...precondition(expected) };
    return this.#json({ method: "PUT", path: connectionPath(name), headers, body: JSON.stringify(body) }, call, false);
  }

  async deleteConnection(name: string, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
    const headers = precondition(request.expected);
    await this.#send({ method: "DELETE", path: connectionPath(name), headers }, call, false, discardBody);
  }

  async listTokens(call: CallOptions = {}): Promise<{ readonly items: readonly TokenInfo[] }> {
    return this.#json({ method: "GET", path: "/v1/tokens" }, call, true);
  }

  /** The answer holds the token in clear, this once; one that got lost has to be revoked. */
  async createToken(request: TokenRequest, call: CallOptions = {}): Promise<NewToken> {
    const headers = { "content-type": "application/json" };
    return this.#json({ method: "POST", path: "/v1/tokens", headers, body: JSON.stringify(request) }, call, false);
  }

  async revokeToken(name: string, call: CallOptions = {}): Promise<void> {
    await this.#send({ method: "DELETE", path: `/v1/tokens/${encodeURIComponent(name)}` }, call, false, discardBody);
  }

  /** Who changed what, newest first. */
  async audit(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<AuditEntry>> {
    return this.#json({ method: "GET", path: `/v1/audit${queryString(query)}` }, call, true);
  }

  /** Has the gateway recompute the chain of its audit log. */
  async auditVerdict(call: CallOptions = {}): Promise<AuditVerdict> {
    return this.#json({ method: "GET", path: "/v1/audit/verdict" }, call, true);
  }

  async driverKinds(call: CallOptions = {}): Promise<DriverKinds> {
    return this.#json({ method: "GET", path: "/v1/driver-kinds" }, call, true);
  }

  async listDrivers(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<DriverStatus>> {
    return this.#json({ method: "GET", path: `/v1/drivers${queryString(query)}` }, call, true);
  }

  /** The driver, or undefined when the gateway itself says that it has none of this name. */
  async getDriver(name: string, call: CallOptions = {}): Promise<DriverStatus | undefined> {
    return this.#found<DriverStatus>({ method: "GET", path: driverPath(name) }, call);
  }

  /** Declares a driver and starts it. */
  async putDriver(
    name: string,
    declaration: DriverDeclaration,
    request: { readonly expected: ExpectedGeneration },
    call: CallOptions = {},
  ): Promise<DriverStatus> {
    const headers = { "content-type": "application/json", ...precondition(request.expected) };
    const body = JSON.stringify(declaration);
    return this.#json({ method: "PUT", path: driverPath(name), headers, body }, call, false);
  }

  async restartDriver(name: string, call: CallOptions = {}): Promise<DriverStatus> {
    return this.#json({ method: "POST", path: `${driverPath(name)}/restart` }, call, false);
  }

  async deleteDriver(name: string, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
    const headers = precondition(request.expected);
    await this.#send({ method: "DELETE", path: driverPath(name), headers }, call, false, discardBody);
  }

  async driverLogs(name: string, call: CallOptions = {}): Promise<DriverLog> {
    return this.#json({ method: "GET", path: `${driverPath(name)}/logs` }, call, true);
  }

  async recorder(call: CallOptions = {}): Promise<RecorderInfo> {
    return this.#json({ method: "GET", path: "/v1/recorder" }, call, true);
  }

  /** Tag updates that came in last, as a recording that `flowfusion simulate` reads. */
  async recording(query: RecordingQuery = {}, call: CallOptions = {}): Promise<Uint8Array> {
    const parameters = new URLSearchParams((query.tags ?? []).map((tag): [string, string] => ["tag", tag]));
    if (query.updates !== undefined) parameters.set("updates", String(query.updates));
    if (query.flow !== undefined) parameters.set("flow", query.flow);
    return this.#bytes({ method: "GET", path: `/v1/recorder/recording?${parameters}` }, call);
  }

  /** The answer, or undefined when the gateway itself says that there is no such thing; every other failure throws. */
  async #found<T>(request: Call, call: CallOptions): Promise<T | undefined> {
    try {
      return await this.#json<T>(request, call, true);
    } catch (error) {
      if (error instanceof GatewayError && error.status === 404 && error.code === "FF_API_NOT_FOUND") {
        return undefined;
      }
      throw error;
    }
  }

  /** Sends and hands the answer to `read`; a connection that breaks inside the body is tried again like one before it. */
  async #send<T>(
    request: Call,
    call: CallOptions,
    idempotent: boolean,
    read: (response: Response, request: HttpRequest) => Promise<T>,
  ): Promise<T> {
    const full: HttpRequest = {
      ...request,
      timeoutMs: call.timeoutMs ?? this.#timeoutMs,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
    const policy = idempotent ? this.#retry : { ...this.#retry, attemptsMax: 1 };
    return withRetries(policy, call.signal, async () => read(await exchange(this.#transport, full), full));
  }

  async *#events<T>(path: string, { signal }: Pick<CallOptions, "signal">): AsyncGenerator<T> {
    const headers = { accept: "text/event-stream" };
    const stopped = signal ?? new AbortController().signal;
    const request: HttpRequest = { method: "GET", path, headers, signal: stopped, timeoutMs: followMsMax };
    try {
      yield* eventsOf<T>(await exchange(this.#transport, request), this.endpoint);
    } catch (error) {
      if (!stopped.aborted) throw error;
    }
  }

  async #bytes(request: Call, call: CallOptions): Promise<Uint8Array> {
    return this.#send(request, call, true, (response, full) => readBody(response, this.endpoint, full));
  }

  async #json<T>(request: Call, call: CallOptions, idempotent: boolean): Promise<T> {
    return this.#send(request, call, idempotent, async (response, full) => {
      const name = `${full.method} ${full.path}`;
      if (!(response.headers.get("content-type") ?? "").startsWith("application/json")) {
        throw this.#badAnswer(
          name,
          `content type ${response.headers.get("content-type")} in place of application/json`,
        );
      }
      const text = new TextDecoder().decode(await readBody(response, this.endpoint, full));
      try {
        return JSON.parse(text) as T;
      } catch (error) {
        throw this.#badAnswer(name, "the body is not JSON", error);
      }
    });
  }

  /** What Pulumi keeps in its state hangs on these two fields, so an answer without them is no answer. */
  #checkStatus(status: FlowStatus, name: FlowName): FlowStatus {
    if (status?.name !== name || !Number.isSafeInteger(status.generation)) {
      throw this.#badAnswer(`flow ${name}`, "the answer does not describe that flow");
    }
    return status;
  }

  #badAnswer(name: string, what: string, cause?: unknown): GatewayError {
    return new GatewayError("FF_GATEWAY_ANSWER", `${name} at ${this.endpoint}: ${what}; check that it is a gateway`, {
      endpoint: this.endpoint,
      cause,
    });
  }
}

const jsonHeaders = { "content-type": "application/json" };
/** What is followed ends by itself, or is ended; this is for a gateway that fell silent. */
const followMsMax = 24 * 60 * 60 * 1000;

function deployBody({ artefact, options }: Pick<DeployRequest, "artefact" | "options">): string {
  return JSON.stringify({ artefact, ...(options === undefined ? {} : { options }) });
}

async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel();
}
