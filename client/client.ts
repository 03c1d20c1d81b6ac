// The typed client of a gateway's control API, used by the provider, the command line and the console.
// Reads and uploads are tried again when nobody answers; writes to flows are not, because their answer may have been
// lost after they took effect, and If-Match makes the caller look before it repeats.

import { type Digest, type FlowName, sha256 } from "@flowfusion/graph";
import type { ReleaseBundle, ReleaseInfo } from "./access-types.ts";
import { type CallOptions, discardBody, jsonHeaders } from "./calls.ts";
import { OperationsClient } from "./operations-client.ts";
import {
  artefactPath,
  developmentPath,
  type ExpectedGeneration,
  flowPath,
  precondition,
  queryString,
} from "./requests.ts";
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
  Page,
  PageQuery,
  ReplayReport,
  TraceStep,
} from "./types.ts";

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

export class GatewayClient extends OperationsClient {
  /** Puts an artefact into the gateway's store, from where a flow can be deployed. Harmless to repeat. */
  async uploadArtefact(wasm: Uint8Array<ArrayBuffer>, call: CallOptions = {}): Promise<ArtefactInfo> {
    const headers = { "content-type": "application/wasm" };
    return this.calls.json({ method: "PUT", path: artefactPath(sha256(wasm)), headers, body: wasm }, call, true);
  }

  /** Whether the gateway holds the artefact, whole. */
  async hasArtefact(digest: Digest, call: CallOptions = {}): Promise<boolean> {
    return this.calls.has(artefactPath(digest), call);
  }

  async downloadArtefact(digest: Digest, call: CallOptions = {}): Promise<Uint8Array> {
    const bytes = await this.calls.bytes({ method: "GET", path: artefactPath(digest) }, call);
    const found = sha256(bytes);
    if (found !== digest) {
      throw this.calls.badAnswer(`GET ${artefactPath(digest)}`, `the bytes hash to ${found}`);
    }
    return bytes;
  }

  /** Tells the gateway that a publisher signed an artefact it holds. Harmless to repeat. */
  async uploadRelease(digest: Digest, bundle: ReleaseBundle, call: CallOptions = {}): Promise<ReleaseInfo> {
    const headers = { "content-type": "application/json" };
    const path = `${artefactPath(digest)}/bundle`;
    return this.calls.json({ method: "PUT", path, headers, body: JSON.stringify(bundle) }, call, true);
  }

  /** The artefact that a flow runs. */
  async flowArtefact(name: FlowName, call: CallOptions = {}): Promise<Uint8Array> {
    return this.calls.bytes({ method: "GET", path: `${flowPath(name)}/artefact` }, call);
  }

  async listFlows(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowStatus>> {
    return this.calls.json({ method: "GET", path: `/v1/flows${queryString(query)}` }, call, true);
  }

  /** The flow, or undefined when the gateway itself says that it has none of this name; every other failure throws. */
  async getFlow(name: FlowName, call: CallOptions = {}): Promise<FlowStatus | undefined> {
    const status = await this.calls.found<FlowStatus>({ method: "GET", path: flowPath(name) }, call);
    return status === undefined ? undefined : this.#checkStatus(status, name);
  }

  async deployFlow(name: FlowName, request: DeployRequest, call: CallOptions = {}): Promise<FlowStatus> {
    const wait = request.wait === undefined ? "" : `?wait=${request.wait}`;
    const status = await this.calls.json<FlowStatus>(
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
    return this.calls.json(
      { method: "POST", path: `${flowPath(name)}/dry-run`, headers: jsonHeaders, body },
      call,
      true,
    );
  }

  /** The last deploys since the gateway's start, newest first. */
  async deployments(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<Deployment>> {
    return this.calls.json({ method: "GET", path: `/v1/deployments${queryString(query)}` }, call, true);
  }

  async deployment(id: string, call: CallOptions = {}): Promise<Deployment> {
    return this.calls.json({ method: "GET", path: `/v1/deployments/${encodeURIComponent(id)}` }, call, true);
  }

  /** What happens to a deploy, from its beginning to its end, as it happens. */
  followDeployment(id: string, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<DeploymentEvent> {
    return this.calls.events(`/v1/deployments/${encodeURIComponent(id)}/events`, call);
  }

  /** Messages that the flow died of, oldest first. */
  async deadLetters(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<DeadLetter>> {
    return this.calls.json({ method: "GET", path: `${flowPath(name)}/dead-letters${queryString(query)}` }, call, true);
  }

  /** Gives dead letters to the flow once more; all when no ids are named. */
  async replayDeadLetters(name: FlowName, ids?: readonly number[], call: CallOptions = {}): Promise<ReplayReport> {
    const body = JSON.stringify(ids === undefined ? {} : { ids });
    const path = `${flowPath(name)}/dead-letters/replay`;
    return this.calls.json({ method: "POST", path, headers: jsonHeaders, body }, call, false);
  }

  /** Throws dead letters away; all when no ids are named. Gives how many there were. */
  async discardDeadLetters(name: FlowName, ids?: readonly number[], call: CallOptions = {}): Promise<number> {
    const body = JSON.stringify(ids === undefined ? {} : { ids });
    const path = `${flowPath(name)}/dead-letters/discard`;
    const answer = await this.calls.json<{ discarded: number }>(
      { method: "POST", path, headers: jsonHeaders, body },
      call,
      false,
    );
    return answer.discarded;
  }

  /** Whether the flow runs node by node. */
  async development(name: FlowName, call: CallOptions = {}): Promise<Development> {
    return this.calls.json({ method: "GET", path: developmentPath(name) }, call, true);
  }

  /** Runs the flow node by node, `forMs` long. Throws `FF_DEVELOPMENT_MODULES` when modules are to be uploaded first. */
  async startDevelopment(
    name: FlowName,
    request: { readonly forMs?: number } = {},
    call: CallOptions = {},
  ): Promise<Development> {
    const body = JSON.stringify(request);
    return this.calls.json({ method: "PUT", path: developmentPath(name), headers: jsonHeaders, body }, call, true);
  }

  async endDevelopment(name: FlowName, call: CallOptions = {}): Promise<Development> {
    return this.calls.json({ method: "DELETE", path: developmentPath(name) }, call, true);
  }

  /** Puts node modules into the gateway's store that it does not have yet. */
  async uploadModules(
    modules: readonly { readonly digest: Digest; readonly wasm: Uint8Array }[],
    call: CallOptions = {},
  ): Promise<void> {
    const headers = { "content-type": "application/wasm" };
    for (const { digest, wasm } of modules) {
      const path = `/v1/modules/${digest}`;
      if (await this.calls.has(path, call)) continue;
      await this.calls.json({ method: "PUT", path, headers, body: Uint8Array.from(wasm) }, call, true);
    }
  }

  /** What happened at each node in development mode, oldest first. */
  async trace(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<TraceStep>> {
    return this.calls.json({ method: "GET", path: `${flowPath(name)}/trace${queryString(query)}` }, call, true);
  }

  /** The steps behind the one of id `after`, as they happen. Goes on until `signal` ends it. */
  followTrace(name: FlowName, after = 0, call: Pick<CallOptions, "signal"> = {}): AsyncGenerator<TraceStep> {
    return this.calls.events(`${flowPath(name)}/trace/events?after=${after}`, call);
  }

  async versions(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowVersion>> {
    return this.calls.json({ method: "GET", path: `${flowPath(name)}/versions${queryString(query)}` }, call, true);
  }

  /** Deploys an earlier version anew, as the next generation; the one before the current when `generation` is absent. */
  async rollBack(
    name: FlowName,
    request: { readonly expected: number; readonly generation?: number },
    call: CallOptions = {},
  ): Promise<FlowStatus> {
    const status = await this.calls.json<FlowStatus>(
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
    await this.calls.send(
      { method: "DELETE", path: flowPath(name), headers: precondition(request.expected) },
      call,
      false,
      discardBody,
    );
  }

  async stats(name: FlowName, call: CallOptions = {}): Promise<FlowStats> {
    return this.calls.json({ method: "GET", path: `${flowPath(name)}/stats` }, call, true);
  }

  /** Counters of all flows that run, by name. */
  async listStats(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowStats>> {
    return this.calls.json({ method: "GET", path: `/v1/stats${queryString(query)}` }, call, true);
  }

  /** What Pulumi keeps in its state hangs on these two fields, so an answer without them is no answer. */
  #checkStatus(status: FlowStatus, name: FlowName): FlowStatus {
    if (status?.name !== name || !Number.isSafeInteger(status.generation)) {
      throw this.calls.badAnswer(`flow ${name}`, "the answer does not describe that flow");
    }
    return status;
  }
}

function deployBody({ artefact, options }: Pick<DeployRequest, "artefact" | "options">): string {
  return JSON.stringify({ artefact, ...(options === undefined ? {} : { options }) });
}
