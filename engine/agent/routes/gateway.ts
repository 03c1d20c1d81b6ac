// What the gateway says of itself: identity, health, metrics and the description of its API.

import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { GatewayInfo } from "../schemas.ts";
import { piecesFor, problems } from "./common.ts";

const tags = ["gateway"];
const Health = Type.Object({ status: Type.Literal("ok") });
const NotReady = Type.Object({ status: Type.Literal("not ready") });

export function gatewayRoutes(app: App, services: Services): void {
  app.get(
    "/v1/gateway",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getGateway",
        summary: "Tells identity, limits, addresses and what came in",
        tags,
        response: { 200: GatewayInfo, ...problems() },
      },
    },
    async () => services.describeGateway(),
  );

  app.get(
    "/v1/openapi.json",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getOpenApi",
        summary: "This document",
        tags,
        response: { 200: Type.Unsafe<object>({ type: "object" }), ...problems() },
      },
    },
    async () => app.openApi(),
  );

  app.get(
    "/metrics",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getMetrics",
        summary: "Counters in the text format of Prometheus",
        tags,
        response: {
          200: { description: "Text exposition 0.0.4.", content: { "text/plain": { schema: Type.String() } } },
          ...problems(),
        },
      },
    },
    async (_request, reply) => {
      const pieces = piecesFor(reply, await services.metrics());
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(pieces);
    },
  );

  healthRoutes(app, services);
}

/** Public, for supervisors that hold no token; so they say yes or no and nothing else. */
function healthRoutes(app: App, services: Services): void {
  app.get(
    "/healthz",
    {
      config: { role: "public" },
      schema: {
        operationId: "getHealth",
        summary: "The process serves",
        tags,
        security: [],
        response: { 200: Health },
      },
    },
    async () => ({ status: "ok" }) as const,
  );

  app.get(
    "/readyz",
    {
      config: { role: "public" },
      schema: {
        operationId: "getReadiness",
        summary: "Store and data plane answer",
        tags,
        security: [],
        response: { 200: Health, 503: NotReady },
      },
    },
    async (_request, reply) => {
      if (await services.readiness.isReady()) return { status: "ok" } as const;
      reply.code(503);
      return { status: "not ready" } as const;
    },
  );
}
