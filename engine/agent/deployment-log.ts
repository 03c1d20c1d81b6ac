// What became of one deploy, step by step, for whoever follows it: verified, swapped, recorded, on trial, and then healthy
// or rolled back and why.

import { randomUUID } from "node:crypto";
import { FlowFusionError } from "@flowfusion/graph";
import { ApiError } from "./problem.ts";
import type { Deployment, DeploymentEvent, DeploymentPhase } from "./schemas.ts";

export type DeploymentSubject = Pick<Deployment, "flow" | "action" | "by" | "via">;

const underWay: readonly DeploymentPhase[] = ["deploying", "on_trial"];

export class DeploymentLog {
  readonly id: string;
  /** Known once it was found. */
  artefact: Deployment["artefact"];
  /** Of the new version, once it is recorded. */
  generation: number | undefined;
  readonly #about: DeploymentSubject;
  readonly #onEvent: (log: DeploymentLog) => void;
  readonly #events: DeploymentEvent[];
  #changed = Promise.withResolvers<void>();

  private constructor(
    id: string,
    about: DeploymentSubject,
    events: readonly DeploymentEvent[],
    onEvent: (log: DeploymentLog) => void,
  ) {
    this.id = id;
    this.#about = about;
    this.#events = [...events];
    this.#onEvent = onEvent;
  }

  /** `onEvent`: told after each event. */
  static begin(about: DeploymentSubject, onEvent: (log: DeploymentLog) => void): DeploymentLog {
    return new DeploymentLog(randomUUID(), about, [], onEvent);
  }

  /** One of an earlier start, as `describe` told it. */
  static from(described: Deployment, onEvent: (log: DeploymentLog) => void): DeploymentLog {
    const { id, flow, action, by, via, artefact, events } = described;
    const log = new DeploymentLog(id, { flow, action, by, via }, events, onEvent);
    log.artefact = artefact;
    log.generation = events.findLast(({ generation }) => generation !== undefined)?.generation;
    return log;
  }

  get flow(): Deployment["flow"] {
    return this.#about.flow;
  }

  get by(): string {
    return this.#about.by;
  }

  /** When its first event happened. */
  get beganAt(): string | undefined {
    return this.#events[0]?.at;
  }

  get lastEvent(): DeploymentEvent | undefined {
    return this.#events.at(-1);
  }

  get phase(): DeploymentPhase {
    return this.lastEvent?.phase ?? "deploying";
  }

  get isOver(): boolean {
    return !underWay.includes(this.phase);
  }

  /** While its version is on trial. ISO 8601, UTC. */
  get trialUntil(): string | undefined {
    const { phase, at, trialMs } = this.lastEvent ?? {};
    if (phase !== "on_trial" || at === undefined || trialMs === undefined) return undefined;
    return new Date(Date.parse(at) + trialMs).toISOString();
  }

  /** Says nothing any more once it is over. */
  report(phase: DeploymentPhase, what: Omit<DeploymentEvent, "number" | "at" | "phase">): void {
    if (this.isOver) return;
    this.#events.push({ number: this.#events.length + 1, at: new Date().toISOString(), phase, ...what });
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
    this.#onEvent(this);
  }

  /** It was refused, or fell over, after it was recorded perhaps. */
  failed(error: unknown): void {
    const { code, message } =
      error instanceof FlowFusionError ? error : { code: "FF_API_INTERNAL", message: "see the gateway's log" };
    const step = error instanceof ApiError ? error.members.step : undefined;
    const recorded = this.generation === undefined ? "" : `; what is recorded is generation ${this.generation}`;
    this.report("failed", { text: `${message}${recorded}`, code, ...(step && { step }) });
  }

  describe(): Deployment {
    const { artefact } = this;
    return {
      ...{ id: this.id, ...this.#about, phase: this.phase, events: [...this.#events] },
      ...(artefact && { artefact }),
    };
  }

  /** The events behind number `after`, and those that are still to come, until it is over or `signal` says so. */
  async *follow(after: number, signal: AbortSignal): AsyncGenerator<DeploymentEvent> {
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    for (let next = after; !signal.aborted; ) {
      const event = this.#events[next];
      if (event) {
        next++;
        yield event;
      } else if (this.isOver) {
        return;
      } else {
        await Promise.race([this.#changed.promise, stopped]);
      }
    }
  }
}
