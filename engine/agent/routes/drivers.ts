// /v1/drivers: what reads devices for this gateway, and every way to change it.

import type { FastifyRequest } from "fastify";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { DriverBody, DriverKinds, DriverLog, DriverPage, DriverParams, DriverStatus } from "../driver-schemas.ts";
import { etagOf, parsePrecondition } from "../etag.ts";
import { PageQuery } from "../schemas.ts";
import { ConditionHeaders, problems } from "./common.ts";

const PAGE_ITEMS = 50;
const tags = ["drivers"];

export function driverRoutes(app: App, services: Services): void {
  readRoutes(app, services);
  writeRoutes(app, services);
}

function readRoutes(app: App, { drivers }: Services): void {
  const config = { role: "viewer" } as const;

  app.get(
    "/v1/driver-kinds",
    {
      config,
      schema: {
        operationId: "listDriverKinds",
        summary: "Lists the kinds of drivers, each with the schema of its configuration",
        tags,
        response: { 200: DriverKinds, ...problems() },
      },
    },
    async () => drivers.kinds(),
  );

  app.get(
    "/v1/drivers",
    {
      config,
      schema: {
        operationId: "listDrivers",
        summary: "Lists drivers by name",
        tags,
        querystring: PageQuery,
        response: { 200: DriverPage, ...problems() },
      },
    },
    async ({ query }) => drivers.list(query.after ?? "", query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/drivers/:name",
    {
      config,
      schema: {
        operationId: "getDriver",
        summary: "Tells how a driver does; its ETag is the generation",
        tags,
        params: DriverParams,
        response: { 200: DriverStatus, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const status = drivers.status(params.name);
      reply.header("etag", etagOf(status.generation));
      return status;
    },
  );

  app.get(
    "/v1/drivers/:name/logs",
    {
      config,
      schema: {
        operationId: "getDriverLogs",
        summary: "Tells what a driver said last",
        tags,
        params: DriverParams,
        response: { 200: DriverLog, ...problems(404) },
      },
    },
    async ({ params }) => drivers.logs(params.name),
  );
}

function writeRoutes(app: App, { drivers }: Services): void {
  const audited = ({ params }: FastifyRequest) => drivers.identify((params as { readonly name: string }).name);
  const config = { role: "operator", audited } as const;

  app.put(
    "/v1/drivers/:name",
    {
      config,
      schema: {
        operationId: "putDriver",
        summary: "Declares a driver and starts it, with its new configuration where it ran before",
        tags,
        params: DriverParams,
        headers: ConditionHeaders,
        body: DriverBody,
        response: { 200: DriverStatus, 201: DriverStatus, ...problems(412, 413, 415, 422, 428, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, principal } = request;
      const precondition = parsePrecondition(request);
      const status = await drivers.put(params.name, precondition, body, principal);
      reply.code(precondition.kind === "absent" ? 201 : 200).header("etag", etagOf(status.generation));
      return status;
    },
  );

  app.post(
    "/v1/drivers/:name/restart",
    {
      config,
      schema: {
        operationId: "restartDriver",
        summary: "Stops a driver's process and starts it anew",
        tags,
        params: DriverParams,
        response: { 200: DriverStatus, ...problems(404, 503) },
      },
    },
    async ({ params }) => drivers.restart(params.name),
  );

  app.delete(
    "/v1/drivers/:name",
    {
      config,
      schema: {
        operationId: "deleteDriver",
        summary: "Stops a driver and forgets it, with its secrets and its folder",
        tags,
        params: DriverParams,
        headers: ConditionHeaders,
        response: { 204: Type.Null({ description: "Deleted." }), ...problems(404, 412, 428, 503) },
      },
    },
    async (request, reply) => {
      await drivers.remove(request.params.name, parsePrecondition(request), request.principal);
      return reply.code(204).send(null);
    },
  );
}
