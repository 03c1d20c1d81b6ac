// The deploys of this gateway: the last ones, with what became of each, over restarts too. What ran is in the versions of
// the flow; this is how it came to run, or why it did not. A deploy that is under way when the gateway ends is interrupted:
// what runs then is what was recorded.

import { join } from "node:path";
import { Journal, readJournal } from "../journal/journal.ts";
import { DeploymentLog, type DeploymentSubject } from "./deployment-log.ts";
import { ApiError } from "./problem.ts";
import type { Deployment, DeploymentEvent } from "./schemas.ts";

const KEPT_MAX = 200;
/** Of all that are kept, as JSON text: a large graph has long reports. */
const KEPT_CHARS_MAX = 2 * 1024 * 1024;
/** Twice what is kept and more. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;
/** Within the data folder. */
export const deploymentsFile = "deployments.journal";

type Entry =
  | { readonly deployment: Deployment }
  /** One more event of a deployment that came before. */
  | { readonly id: string; readonly artefact?: Deployment["artefact"]; readonly event: DeploymentEvent };

export class Deployments {
  readonly #kept = new Map<string, DeploymentLog>();
  readonly #chars = new Map<string, number>();
  readonly #journal: Journal<Entry>;
  /** What of earlier starts could not be read. */
  readonly damage: string | undefined;

  private constructor(file: string, found: readonly Deployment[], damage: string | undefined) {
    this.damage = damage;
    for (const deployment of found) {
      this.#keep(DeploymentLog.from(deployment, this.#onEvent), JSON.stringify(deployment).length);
    }
    this.#makeRoom();
    const kept = () => [...this.#kept.values()].map((log) => ({ deployment: log.describe() }));
    const options = { path: file, fileBytesMax: FILE_BYTES_MAX, syncWithinMs: 0, kept };
    this.#journal = new Journal<Entry>(options, damage === undefined);
  }

  /** With those of earlier starts. Never rejects: what the disk does not give is told as damage. */
  static async open(dataDir: string): Promise<Deployments> {
    const file = join(dataDir, deploymentsFile);
    const { entries, damage } = await readJournal<Entry>(file);
    return new Deployments(file, joined(entries), damage);
  }

  /** Why they are kept in memory alone, while that is so. */
  get error(): string | undefined {
    return this.#journal.error;
  }

  begin(about: DeploymentSubject): DeploymentLog {
    const log = DeploymentLog.begin(about, this.#onEvent);
    this.#keep(log, 0);
    this.#makeRoom();
    return log;
  }

  /** Throws FF_API_NOT_FOUND. */
  get(id: string): DeploymentLog {
    const log = this.#kept.get(id);
    if (log === undefined) {
      throw new ApiError(
        "FF_API_NOT_FOUND",
        `deployment ${id}: not on this gateway, which remembers the last ${KEPT_MAX}`,
      );
    }
    return log;
  }

  /** The newest first, from behind `after`; none where that is one of those that made room, which are the oldest. */
  list(after: string | undefined, limit: number): { readonly items: readonly Deployment[]; readonly next?: string } {
    const newestFirst = [...this.#kept.values()].reverse();
    if (after !== undefined && !this.#kept.has(after)) return { items: [] };
    const first = after === undefined ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
    const items = newestFirst.slice(first, first + limit).map((log) => log.describe());
    return first + limit < newestFirst.length ? { items, next: items.at(-1)!.id } : { items };
  }

  /** Ends those that are under way, as the gateway ends or has ended. `outcome`: what runs now, for people. */
  interrupt(outcome: (log: DeploymentLog) => string): void {
    for (const log of this.#kept.values()) {
      if (!log.isOver) log.report("interrupted", { text: outcome(log) });
    }
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  readonly #onEvent = (log: DeploymentLog): void => {
    const event = log.lastEvent!;
    const { artefact } = log;
    this.#chars.set(log.id, (this.#chars.get(log.id) ?? 0) + JSON.stringify(event).length);
    this.#journal.append(
      event.number === 1 ? { deployment: log.describe() } : { id: log.id, event, ...(artefact && { artefact }) },
    );
  };

  #keep(log: DeploymentLog, chars: number): void {
    this.#kept.set(log.id, log);
    this.#chars.set(log.id, chars);
  }

  #makeRoom(): void {
    let chars = [...this.#chars.values()].reduce((sum, one) => sum + one, 0);
    for (const [id, { isOver }] of this.#kept) {
      if (this.#kept.size <= KEPT_MAX && chars <= KEPT_CHARS_MAX) return;
      if (!isOver) continue;
      chars -= this.#chars.get(id)!;
      this.#kept.delete(id);
      this.#chars.delete(id);
    }
  }
}

/** Events joined to the deployments that they belong to. */
function joined(entries: readonly Entry[]): readonly Deployment[] {
  const byId = new Map<string, Deployment>();
  for (const entry of entries) {
    if ("deployment" in entry) byId.set(entry.deployment.id, entry.deployment);
    else {
      const { id, event, artefact } = entry;
      const before = byId.get(id);
      // The beginning of it was damaged: what is left says too little.
      if (before === undefined) continue;
      byId.set(id, { ...before, events: [...before.events, event], phase: event.phase, ...(artefact && { artefact }) });
    }
  }
  return [...byId.values()];
}
