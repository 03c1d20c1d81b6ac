// /v1/flows/{name}/dead-letters: the messages that the flow died of, to be looked at, given to it once more, or thrown away.

import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { DeadLetterIds, DeadLetterPage, ReplayReport } from "../dead-letter-schemas.ts";
import { FlowParams, IdPageQuery, problems } from "./common.ts";

const PAGE_ITEMS = 50;
const tags = ["dead letters"];

export function deadLetterRoutes(app: App, { tools }: Services): void {
  app.get(
    "/v1/flows/:name/dead-letters",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listDeadLetters",
        summary: "Lists messages that the flow died of, oldest first; the last 100, at most 256 KiB, are kept",
        tags,
        params: FlowParams,
        querystring: IdPageQuery,
        response: { 200: DeadLetterPage, ...problems(404, 409) },
      },
    },
    async ({ params, query }) => tools.deadLetters(params.name, query.after ?? 0, query.limit ?? PAGE_ITEMS),
  );

  app.post(
    "/v1/flows/:name/dead-letters/replay",
    {
      config: { role: "operator" },
      schema: {
        operationId: "replayDeadLetters",
        summary: "Gives dead letters to the flow once more; what it dies of again is a dead letter anew",
        tags,
        params: FlowParams,
        body: DeadLetterIds,
        response: { 200: ReplayReport, ...problems(404, 409, 413, 415) },
      },
    },
    async ({ params, body }) => tools.replayDeadLetters(params.name, body.ids),
  );

  app.post(
    "/v1/flows/:name/dead-letters/discard",
    {
      config: { role: "operator" },
      schema: {
        operationId: "discardDeadLetters",
        summary: "Throws dead letters away",
        tags,
        params: FlowParams,
        body: DeadLetterIds,
        response: {
          200: Type.Object({ discarded: Type.Integer({ minimum: 0 }) }),
          ...problems(404, 409, 413, 415),
        },
      },
    },
    async ({ params, body }) => ({ discarded: await tools.discardDeadLetters(params.name, body.ids) }),
  );
}
