// Flows: deployed, looked at, taken back, deleted. A write to a flow says what it believes to run, and is not repeated.

import type { Digest, FlowName, FlowStats } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import { type ExpectedGeneration, flowPath, jsonHeaders, precondition, queryString } from "../requests.ts";
import type { DryRun, FlowOptions, FlowStatus, FlowVersion, FlowVersionDetail, Page, PageQuery } from "../types.ts";

export interface DeployRequest {
  readonly artefact: Digest;
  readonly expected: ExpectedGeneration;
  readonly options?: FlowOptions;
  /** The resource of a program that it is put in place for: the URN of Pulumi. Kept with the version. */
  readonly resource?: string;
  /**
   * `swapped`: until the new version runs and is recorded. `healthy`: until its trial is over as well, which may take
   * `healthGateMs`; give a timeout for it. `swapped` when absent.
   */
  readonly wait?: "swapped" | "healthy";
}

export function flowsCalls(calls: Calls) {
  return {
    async listFlows(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowStatus>> {
      return calls.json({ method: "GET", path: `/v1/flows${queryString(query)}` }, call, true);
    },

    /** The flow, or undefined when the gateway itself says that it has none of this name; every other failure throws. */
    async getFlow(name: FlowName, call: CallOptions = {}): Promise<FlowStatus | undefined> {
      const status = await calls.found<FlowStatus>({ method: "GET", path: flowPath(name) }, call);
      return status === undefined ? undefined : checked(calls, status, name);
    },

    async deployFlow(name: FlowName, request: DeployRequest, call: CallOptions = {}): Promise<FlowStatus> {
      const wait = request.wait === undefined ? "" : `?wait=${request.wait}`;
      const status = await calls.json<FlowStatus>(
        {
          method: "PUT",
          path: `${flowPath(name)}${wait}`,
          headers: { ...jsonHeaders, ...precondition(request.expected) },
          body: deployBody(request),
        },
        call,
        false,
      );
      return checked(calls, status, name);
    },

    /** What a deploy would do with the flow and its state; changes nothing. Throws as the deploy would. */
    async dryRun(
      name: FlowName,
      request: Omit<DeployRequest, "expected" | "wait">,
      call: CallOptions = {},
    ): Promise<DryRun> {
      const body = deployBody(request);
      return calls.json({ method: "POST", path: `${flowPath(name)}/dry-run`, headers: jsonHeaders, body }, call, true);
    },

    /** The artefact that a flow runs. */
    async flowArtefact(name: FlowName, call: CallOptions = {}): Promise<Uint8Array> {
      return calls.bytes({ method: "GET", path: `${flowPath(name)}/artefact` }, call);
    },

    async versions(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowVersion>> {
      return calls.json({ method: "GET", path: `${flowPath(name)}/versions${queryString(query)}` }, call, true);
    },

    /** A version with its graph. */
    async version(name: FlowName, generation: number, call: CallOptions = {}): Promise<FlowVersionDetail> {
      return calls.json({ method: "GET", path: `${flowPath(name)}/versions/${generation}` }, call, true);
    },

    /** Deploys an earlier version anew, as the next generation; when `generation` is absent, each time further back. */
    async rollBack(
      name: FlowName,
      request: { readonly expected: number; readonly generation?: number },
      call: CallOptions = {},
    ): Promise<FlowStatus> {
      const status = await calls.json<FlowStatus>(
        {
          method: "POST",
          path: `${flowPath(name)}/rollback`,
          headers: { ...jsonHeaders, ...precondition(request.expected) },
          body: JSON.stringify(request.generation === undefined ? {} : { generation: request.generation }),
        },
        call,
        false,
      );
      return checked(calls, status, name);
    },

    /** Stops the flow and forgets its state. Its versions stay in the gateway's log. */
    async deleteFlow(name: FlowName, request: { readonly expected: number }, call: CallOptions = {}): Promise<void> {
      await calls.delete(flowPath(name), call, precondition(request.expected));
    },

    async stats(name: FlowName, call: CallOptions = {}): Promise<FlowStats> {
      return calls.json({ method: "GET", path: `${flowPath(name)}/stats` }, call, true);
    },

    /** Counters of all flows that run, by name. */
    async listStats(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<FlowStats>> {
      return calls.json({ method: "GET", path: `/v1/stats${queryString(query)}` }, call, true);
    },
  };
}

function deployBody({ artefact, options, resource }: Omit<DeployRequest, "expected" | "wait">): string {
  return JSON.stringify({ artefact, options, resource });
}

/** What Pulumi keeps in its state hangs on these two fields, so an answer without them is no answer. */
function checked(calls: Calls, status: FlowStatus, name: FlowName): FlowStatus {
  if (status?.name !== name || !Number.isSafeInteger(status.generation)) {
    throw calls.badAnswer(`flow ${name}`, "the answer does not describe that flow");
  }
  return status;
}
