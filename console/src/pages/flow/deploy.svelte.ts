// One deploy, from the draft to a version that runs for good: fused and tried while nothing changes yet, then swapped, then
// on trial. Each step tells what it found; what fails leaves the flow that runs as it was.

import type {
  Conflict,
  Deployment,
  DeploymentEvent,
  DryRun,
  FlowComparison,
  FlowStats,
  FlowStatus,
  FusedDraft,
  FusePhase,
} from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { type Fault, faultOf, isConflict, isSignedOut, isUnreachable } from "../../api/faults.ts";
import { gateway } from "../../api/gateway.ts";
import { documentOf } from "../../editor/index.ts";
import type { Editor } from "./editor.svelte.ts";

export type Stage =
  /** The draft is fused and tried; nothing has changed. */
  | "preparing"
  | "ready"
  | "swapping"
  | "deployed"
  /** The gateway went away before it said what became of the swap; it is asked until it says. */
  | "unanswered"
  /** Somebody else deployed meanwhile. */
  | "conflict"
  | "failed";

const deployTimeoutMs = 120_000;
const askAgainMs = 2_000;

export class Deploy {
  stage = $state<Stage>("preparing");
  phases = $state.raw<readonly FusePhase[]>([]);
  fused = $state.raw<FusedDraft | undefined>();
  /** What the swap would do with the state of the nodes. */
  rehearsal = $state.raw<DryRun | undefined>();
  rehearsalFault = $state.raw<Fault | undefined>();
  /** What would have been different on recorded updates; undefined as long as it is not known. */
  comparison = $state.raw<FlowComparison | undefined>();
  comparisonFault = $state.raw<Fault | undefined>();
  events = $state.raw<readonly DeploymentEvent[]>([]);
  /** The version that runs since the swap. */
  status = $state.raw<FlowStatus | undefined>();
  /** It is the version before, which was asked for again. */
  isRolledBack = $state(false);
  /** Messages that were dropped while it was swapped. */
  lost = $state<number | undefined>();
  /** With a conflict: what runs now in place of what the draft began from. */
  theirs = $state.raw<FlowStatus | undefined>();
  conflict = $state.raw<Conflict | undefined>();
  fault = $state.raw<Fault | undefined>();

  readonly #editor: Editor;
  readonly #stopped = new AbortController();

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  get isOver(): boolean {
    const phase = this.events.at(-1)?.phase;
    return phase !== undefined && phase !== "deploying" && phase !== "on_trial";
  }

  get name() {
    return parseFlowName(this.#editor.name);
  }

  /** Ends what is on its way, but for a swap that was asked for. */
  close(): void {
    this.#stopped.abort();
  }

  async prepare(): Promise<void> {
    this.stage = "preparing";
    try {
      this.fused = await gateway.fuse(documentOf(this.#editor.draft), {
        signal: this.#stopped.signal,
        onPhase: (phase) => {
          this.phases = [...this.phases, phase];
        },
      });
    } catch (error) {
      this.#failed(error);
      return;
    }
    const { artefact } = this.fused;
    const call = { signal: this.#stopped.signal };
    const rehearsing = gateway.dryRun(this.name, this.#request(artefact), call).then(
      (rehearsal) => {
        this.rehearsal = rehearsal;
      },
      (error: unknown) => {
        this.rehearsalFault = faultOf(error);
      },
    );
    const comparing = gateway.compareWithRunning(this.name, { artefact }, call).then(
      (comparison) => {
        this.comparison = comparison;
      },
      (error: unknown) => {
        this.comparisonFault = faultOf(error);
      },
    );
    await rehearsing;
    if (!this.#stopped.signal.aborted) this.stage = "ready";
    await comparing;
  }

  /** Swaps the flow for the draft. With `expected`, over the version of that generation, whoever deployed it. */
  async swap(expected: number | "absent" = this.#editor.running?.generation ?? "absent"): Promise<void> {
    if (this.fused === undefined) return;
    this.stage = "swapping";
    const before = await this.#stats();
    try {
      const request = { ...this.#request(this.fused.artefact), expected };
      await this.#deployed(await gateway.deployFlow(this.name, request, { timeoutMs: deployTimeoutMs }), before);
    } catch (error) {
      if (isConflict(error)) await this.#met(error.current);
      else if (isUnreachable(error)) await this.#unanswered(error, before);
      else this.#failed(error);
    }
  }

  async rollBack(): Promise<void> {
    const { status } = this;
    if (status === undefined) return;
    try {
      this.status = await gateway.rollBack(this.name, { expected: status.generation }, { timeoutMs: deployTimeoutMs });
      this.isRolledBack = true;
      this.#editor.takeRunning(this.status);
      this.events = [];
      void this.#follow(this.status.deployment);
    } catch (error) {
      if (isConflict(error)) await this.#met(error.current);
      else this.fault = faultOf(error);
    }
  }

  #request(artefact: FusedDraft["artefact"]) {
    const options = this.#editor.running?.options;
    return options === undefined ? { artefact } : { artefact, options };
  }

  async #deployed(status: FlowStatus, before: FlowStats | undefined): Promise<void> {
    this.fault = undefined;
    this.status = status;
    this.stage = "deployed";
    this.#editor.takeRunning(status);
    const after = await this.#stats();
    this.lost = after === undefined ? undefined : Math.max(0, after.dropped - (before?.dropped ?? 0));
    await this.#follow(status.deployment);
  }

  /** The gateway's list of deploys tells, once it answers, what became of the swap, unless that is still on its way. */
  async #unanswered(error: unknown, before: FlowStats | undefined): Promise<void> {
    const generation = this.#editor.running?.generation ?? 0;
    const artefact = this.fused?.artefact;
    const call = { signal: this.#stopped.signal };
    this.fault = faultOf(error);
    this.stage = "unanswered";
    while (!this.#stopped.signal.aborted) {
      try {
        const { items } = await gateway.deployments({ limit: 50 }, call);
        const own = items.filter((one) => one.flow === this.name);
        // One that waits for its turn does not tell yet what it brings.
        const isOnItsWay = own.some((one) => one.phase === "deploying" && (one.artefact ?? artefact) === artefact);
        if (!isOnItsWay) {
          const running = await gateway.getFlow(this.name, call);
          if (running === undefined || running.generation <= generation) this.#failed(error);
          else if (running.artefact !== artefact) await this.#met(running);
          else await this.#deployed({ ...running, ...deploymentOf(own, running) }, before);
          return;
        }
      } catch (again) {
        // Who signs in again finds the draft, and the flow as it is then.
        if (isSignedOut(again)) return;
      }
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }

  async #met(conflict: Conflict | undefined): Promise<void> {
    this.conflict = conflict;
    this.theirs = await gateway.getFlow(this.name).catch(() => undefined);
    this.stage = "conflict";
  }

  async #follow(id: string | undefined): Promise<void> {
    if (id === undefined) return;
    try {
      for await (const event of gateway.followDeployment(id, { signal: this.#stopped.signal })) {
        // What became of a version that was rolled back meanwhile is no news.
        if (this.status?.deployment === id) this.events = [...this.events, event];
      }
    } catch (error) {
      this.fault = faultOf(error);
    }
    if (this.events.at(-1)?.phase === "rolled_back") {
      const running = await gateway.getFlow(this.name).catch(() => undefined);
      if (running !== undefined) this.#editor.takeRunning(running);
    }
  }

  /** Undefined when nothing runs that counts. */
  async #stats(): Promise<FlowStats | undefined> {
    return gateway.stats(this.name).catch(() => undefined);
  }

  #failed(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    this.fault = faultOf(error);
    this.stage = "failed";
  }
}

/** Of those of one flow, newest first: the one that brought what runs. */
function deploymentOf(own: readonly Deployment[], { artefact }: FlowStatus): Pick<FlowStatus, "deployment"> {
  const deployment = own.find((one) => one.artefact === artefact)?.id;
  return deployment === undefined ? {} : { deployment };
}
