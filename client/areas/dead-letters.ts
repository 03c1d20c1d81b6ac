// Messages that flows died of.

import type { FlowName, ReplayReport } from "@flowfusion/graph";
import type { CallOptions, Calls } from "../calls.ts";
import { flowPath, jsonHeaders, queryString } from "../requests.ts";
import type { DeadLetter, Page, PageQuery } from "../types.ts";

export function deadLettersCalls(calls: Calls) {
  return {
    /** Messages that the flow died of, oldest first. */
    async deadLetters(name: FlowName, query: PageQuery = {}, call: CallOptions = {}): Promise<Page<DeadLetter>> {
      return calls.json({ method: "GET", path: `${flowPath(name)}/dead-letters${queryString(query)}` }, call, true);
    },

    /** Gives dead letters to the flow once more; all when no ids are named. */
    async replayDeadLetters(name: FlowName, ids?: readonly number[], call: CallOptions = {}): Promise<ReplayReport> {
      const body = JSON.stringify(ids === undefined ? {} : { ids });
      const path = `${flowPath(name)}/dead-letters/replay`;
      return calls.json({ method: "POST", path, headers: jsonHeaders, body }, call, false);
    },

    /** Throws dead letters away; all when no ids are named. Gives how many there were. */
    async discardDeadLetters(name: FlowName, ids?: readonly number[], call: CallOptions = {}): Promise<number> {
      const body = JSON.stringify(ids === undefined ? {} : { ids });
      const path = `${flowPath(name)}/dead-letters/discard`;
      const answer = await calls.json<{ discarded: number }>(
        { method: "POST", path, headers: jsonHeaders, body },
        call,
        false,
      );
      return answer.discarded;
    },
  };
}
