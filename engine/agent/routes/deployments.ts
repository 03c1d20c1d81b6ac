// /v1/deployments: what becomes of a deploy, step by step, up to the end of its trial.

import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { EventHeaders, eventAfter, eventStream, eventStreamAnswer, eventStreamHeaders } from "../events.ts";
import { Deployment, DeploymentPage, PageQuery } from "../schemas.ts";
import { problems } from "./common.ts";

const PAGE_ITEMS = 50;
const Params = Type.Object({ id: Type.String({ maxLength: 64 }) }, { additionalProperties: false });
const tags = ["deployments"];

export function deploymentRoutes(app: App, { flows }: Services): void {
  app.get(
    "/v1/deployments",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listDeployments",
        summary: "Lists the last deploys, newest first, of earlier starts too",
        tags,
        querystring: PageQuery,
        response: { 200: DeploymentPage, ...problems() },
      },
    },
    async ({ query }) => flows.deployments.list(query.after, query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/deployments/:id",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getDeployment",
        summary: "Tells how far a deploy has come, or what came of it",
        tags,
        params: Params,
        response: { 200: Deployment, ...problems(404) },
      },
    },
    async ({ params }) => flows.deployments.get(params.id).describe(),
  );

  app.get(
    "/v1/deployments/:id/events",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "followDeployment",
        summary: "Follows a deploy as server-sent events, from its beginning to its end",
        tags,
        params: Params,
        headers: EventHeaders,
        response: { 200: eventStreamAnswer, ...problems(404) },
      },
    },
    async (request, reply) => {
      const { params, headers } = request;
      const log = flows.deployments.get(params.id);
      const after = eventAfter(headers);
      // When the gateway stops, it says what became of the deploy, and is over.
      const stream = eventStream(async function* (signal) {
        for await (const event of log.follow(after, signal))
          yield { id: event.number, event: event.phase, data: event };
      }, request);
      return reply.headers(eventStreamHeaders).send(stream);
    },
  );
}
