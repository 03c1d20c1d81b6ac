// What helps to find out what is wrong with a flow: its dead letters, and development mode with its trace. None of it
// changes what is recorded.

import { decodeMessage, type FlowName, messageDocument, type ReplayReport } from "@flowfusion/graph";
import type { DeadLetter as KeptLetter } from "../dataplane/dead-letters.ts";
import { describeStep } from "../dataplane/development/describe-step.ts";
import type { DataPlane } from "../dataplane/types.ts";
import type { Store } from "../store/store.ts";
import type { DeadLetter } from "./dead-letter-schemas.ts";
import type { FlowManager } from "./flow-manager.ts";
import type { Modules } from "./modules.ts";
import type { Development, TraceStep } from "./schemas.ts";

const FOLLOW_PAUSE_MS = 100;
const FOLLOW_STEPS_MAX = 500;

export interface FlowToolsParts {
  readonly store: Store;
  readonly dataPlane: DataPlane;
  readonly flows: FlowManager;
  readonly modules: Modules;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

export class FlowTools {
  readonly #store: Store;
  readonly #dataPlane: DataPlane;
  readonly #flows: FlowManager;
  readonly #modules: Modules;

  constructor({ store, dataPlane, flows, modules }: FlowToolsParts) {
    this.#store = store;
    this.#dataPlane = dataPlane;
    this.#flows = flows;
    this.#modules = modules;
  }

  async deadLetters(name: FlowName, after: number, limit: number): Promise<Page<DeadLetter>> {
    this.#flows.current(name);
    const { letters } = await this.#dataPlane.deadLetters(name, after, limit + 1);
    return pageOf(letters, limit, describeLetter);
  }

  async replayDeadLetters(name: FlowName, ids: readonly number[] | undefined): Promise<ReplayReport> {
    this.#flows.current(name);
    return this.#dataPlane.replayDeadLetters(name, ids);
  }

  async discardDeadLetters(name: FlowName, ids: readonly number[] | undefined): Promise<number> {
    this.#flows.current(name);
    return this.#dataPlane.discardDeadLetters(name, ids);
  }

  async development(name: FlowName): Promise<Development> {
    const { mode, developmentEndsAtMs } = await this.#flows.stats(name);
    const { traced } = await this.#dataPlane.traces(name, 0, 0);
    return {
      mode,
      ...(developmentEndsAtMs !== undefined && { endsAt: new Date(developmentEndsAtMs).toISOString() }),
      traced,
    };
  }

  /** Runs the flow node by node for a while. Throws `FF_DEVELOPMENT_MODULES` when modules are to be uploaded first. */
  async develop(name: FlowName, endsInMs: number): Promise<Development> {
    const graph = this.#store.graph(this.#flows.current(name).artefact);
    const modules = graph && (await this.#modules.of(graph));
    await this.#dataPlane.setDevelopment(name, modules && { modules, endsInMs });
    return this.development(name);
  }

  async endDevelopment(name: FlowName): Promise<Development> {
    this.#flows.current(name);
    await this.#dataPlane.setDevelopment(name, undefined);
    return this.development(name);
  }

  async traces(name: FlowName, after: number, limit: number): Promise<Page<TraceStep>> {
    this.#flows.current(name);
    const { steps } = await this.#dataPlane.traces(name, after, limit + 1);
    return pageOf(steps, limit, describeStep);
  }

  /** The steps behind `after`, and those that are still to come. */
  async *followTraces(name: FlowName, after: number, signal: AbortSignal): AsyncGenerator<TraceStep> {
    for (let last = after; !signal.aborted; ) {
      const { steps } = await this.#dataPlane.traces(name, last, FOLLOW_STEPS_MAX);
      for (const step of steps) yield describeStep(step);
      last = steps.at(-1)?.id ?? last;
      if (steps.length < FOLLOW_STEPS_MAX) await pause(signal);
    }
  }
}

function pageOf<Kept extends { readonly id: number }, Item>(
  found: readonly Kept[],
  limit: number,
  describe: (kept: Kept) => Item,
): Page<Item> {
  const items = found.slice(0, limit);
  return { items: items.map(describe), ...(found.length > limit && { next: String(items.at(-1)!.id) }) };
}

function describeLetter({ atMs, message, ...letter }: KeptLetter): DeadLetter {
  return {
    ...letter,
    at: new Date(atMs).toISOString(),
    ...(message.length === letter.messageBytes && messageOf(message)),
    base64: Buffer.from(message).toString("base64"),
  };
}

/** A message that stopped a flow need not be one that can be read. */
function messageOf(bytes: Uint8Array): Pick<DeadLetter, "message"> {
  try {
    return { message: messageDocument(decodeMessage(bytes)) };
  } catch {
    return {};
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, FOLLOW_PAUSE_MS);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
