// /v1/flows/{name}/development and …/trace: the flow node by node, each message traced.

import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { EventHeaders, eventAfter, eventStream, eventStreamAnswer, eventStreamHeaders } from "../events.ts";
import { Development, DevelopmentBody, TracePage } from "../schemas.ts";
import { FlowParams, IdPageQuery, problems } from "./common.ts";

const PAGE_ITEMS = 50;
const DEVELOPMENT_MS = 600_000;
const tags = ["development"];

export function developmentRoutes(app: App, services: Services): void {
  switchRoutes(app, services);
  traceRoutes(app, services);
}

function switchRoutes(app: App, { tools }: Services): void {
  app.get(
    "/v1/flows/:name/development",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getDevelopment",
        summary: "Tells whether the flow runs node by node",
        tags,
        params: FlowParams,
        response: { 200: Development, ...problems(404, 409) },
      },
    },
    async ({ params }) => tools.development(params.name),
  );

  app.put(
    "/v1/flows/:name/development",
    {
      config: { role: "operator" },
      schema: {
        operationId: "startDevelopment",
        summary: "Runs the flow node by node for a while, with its state; what is recorded stays",
        tags,
        params: FlowParams,
        body: DevelopmentBody,
        response: { 200: Development, ...problems(404, 409, 413, 415, 422) },
      },
    },
    async ({ params, body }) => tools.develop(params.name, body.forMs ?? DEVELOPMENT_MS),
  );

  app.delete(
    "/v1/flows/:name/development",
    {
      config: { role: "operator" },
      schema: {
        operationId: "endDevelopment",
        summary: "Runs the flow fused again, with its state",
        tags,
        params: FlowParams,
        response: { 200: Development, ...problems(404, 409, 422) },
      },
    },
    async ({ params }) => tools.endDevelopment(params.name),
  );
}

function traceRoutes(app: App, { flows, tools, closing }: Services): void {
  app.get(
    "/v1/flows/:name/trace",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listTrace",
        summary: "Lists what happened at each node in development mode, oldest first; the last steps are kept",
        tags,
        params: FlowParams,
        querystring: IdPageQuery,
        response: { 200: TracePage, ...problems(404, 409) },
      },
    },
    async ({ params, query }) => tools.traces(params.name, query.after ?? 0, query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/flows/:name/trace/events",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "followTrace",
        summary: "Follows the trace as server-sent events, from the step behind `after`",
        tags,
        params: FlowParams,
        querystring: Type.Object(
          { after: Type.Optional(Type.Integer({ minimum: 0, default: 0 })) },
          { additionalProperties: false },
        ),
        headers: EventHeaders,
        response: { 200: eventStreamAnswer, ...problems(404) },
      },
    },
    async (request, reply) => {
      const { params, query, headers } = request;
      flows.current(params.name);
      const after = eventAfter(headers, query.after);
      const stream = eventStream(
        async function* (signal) {
          for await (const step of tools.followTraces(params.name, after, signal)) {
            yield { id: step.id, event: "step", data: step };
          }
        },
        request,
        closing,
      );
      return reply.headers(eventStreamHeaders).send(stream);
    },
  );
}
