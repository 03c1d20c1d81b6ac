// What became of each deploy, step by step, for whoever follows it: verified, swapped, recorded, on trial, and then healthy
// or rolled back and why. Kept in memory, the last ones only; what ran is in the versions of the flow.

import { randomUUID } from "node:crypto";
import { FlowFusionError } from "@flowfusion/graph";
import { ApiError } from "./problem.ts";
import type { Deployment, DeploymentEvent, DeploymentPhase } from "./schemas.ts";

const KEPT_MAX = 200;

const isOver = (phase: DeploymentPhase): boolean => phase !== "deploying" && phase !== "on_trial";

export class DeploymentLog {
  readonly id = randomUUID();
  /** Known once it was found. */
  artefact: Deployment["artefact"];
  /** Of the new version, once it is recorded. */
  generation: number | undefined;
  readonly #about: Pick<Deployment, "flow" | "action" | "by">;
  readonly #events: DeploymentEvent[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(about: Pick<Deployment, "flow" | "action" | "by">) {
    this.#about = about;
  }

  report(phase: DeploymentPhase, what: Omit<DeploymentEvent, "number" | "at" | "phase">): void {
    this.#events.push({ number: this.#events.length + 1, at: new Date().toISOString(), phase, ...what });
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** It was refused, or fell over. */
  failed(error: unknown): void {
    if (this.isOver) return;
    const { code, message } =
      error instanceof FlowFusionError ? error : { code: "FF_API_INTERNAL", message: "see the gateway's log" };
    const step = error instanceof ApiError ? error.members.step : undefined;
    this.report("failed", { text: message, code, ...(step && { step }) });
  }

  get isOver(): boolean {
    return isOver(this.phase);
  }

  get phase(): DeploymentPhase {
    return this.#events.at(-1)?.phase ?? "deploying";
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

export class Deployments {
  readonly #kept = new Map<string, DeploymentLog>();

  begin(about: Pick<Deployment, "flow" | "action" | "by">): DeploymentLog {
    const log = new DeploymentLog(about);
    this.#kept.set(log.id, log);
    for (const [id, { isOver: canGo }] of this.#kept) {
      if (this.#kept.size <= KEPT_MAX) break;
      if (canGo) this.#kept.delete(id);
    }
    return log;
  }

  /** Throws FF_API_NOT_FOUND. */
  get(id: string): DeploymentLog {
    const log = this.#kept.get(id);
    if (log === undefined) {
      throw new ApiError(
        "FF_API_NOT_FOUND",
        `deployment ${id}: not on this gateway, which remembers the last ${KEPT_MAX} since its start`,
      );
    }
    return log;
  }

  /** The newest first, from behind `after`. */
  list(after: string | undefined, limit: number): { readonly items: readonly Deployment[]; readonly next?: string } {
    const newestFirst = [...this.#kept.values()].reverse();
    const first = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    const items = newestFirst.slice(first, first + limit).map((log) => log.describe());
    return first + limit < newestFirst.length ? { items, next: items.at(-1)!.id } : { items };
  }
}
