// /v1/connections: endpoints and credentials of sinks, under names that flows refer to.

import type { FastifyRequest } from "fastify";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import {
  ConnectionBody,
  ConnectionChanged,
  ConnectionInfo,
  ConnectionName,
  ConnectionPage,
} from "../connection-schemas.ts";
import { etagOf, parsePrecondition } from "../etag.ts";
import { PageQuery } from "../schemas.ts";
import { ConditionHeaders, problems } from "./common.ts";

const PAGE_ITEMS = 50;
const Params = Type.Object({ name: ConnectionName }, { additionalProperties: false });
const tags = ["connections"];

export function connectionRoutes(app: App, services: Services): void {
  readRoutes(app, services);
  writeRoutes(app, services);
}

function readRoutes(app: App, { connections }: Services): void {
  app.get(
    "/v1/connections",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listConnections",
        summary: "Lists connections by name, without their secrets",
        tags,
        querystring: PageQuery,
        response: { 200: ConnectionPage, ...problems() },
      },
    },
    async ({ query }) => connections.list(query.after ?? "", query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/connections/:name",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getConnection",
        summary: "Tells where a connection leads to, without its secrets; its ETag is the generation",
        tags,
        params: Params,
        response: { 200: ConnectionInfo, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const info = connections.get(params.name);
      reply.header("etag", etagOf(info.generation));
      return info;
    },
  );
}

function writeRoutes(app: App, { connections }: Services): void {
  /** For the audit log. */
  const audited = ({ params }: FastifyRequest) => connections.find((params as { readonly name: string }).name);
  const config = { role: "admin", audited } as const;

  app.put(
    "/v1/connections/:name",
    {
      config,
      schema: {
        operationId: "putConnection",
        summary: "Makes or changes a connection; the sinks that send with it go on with the change, and lose nothing",
        tags,
        params: Params,
        headers: ConditionHeaders,
        body: ConnectionBody,
        response: { 200: ConnectionChanged, 201: ConnectionChanged, ...problems(412, 413, 415, 422, 428, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, principal } = request;
      const precondition = parsePrecondition(request);
      const changed = await connections.put(params.name, precondition, body, principal);
      reply.code(precondition.kind === "absent" ? 201 : 200).header("etag", etagOf(changed.generation));
      return changed;
    },
  );

  app.delete(
    "/v1/connections/:name",
    {
      config,
      schema: {
        operationId: "deleteConnection",
        summary: "Deletes a connection that no flow names",
        tags,
        params: Params,
        headers: ConditionHeaders,
        response: { 204: Type.Null({ description: "Deleted." }), ...problems(404, 409, 412, 428, 503) },
      },
    },
    async (request, reply) => {
      await connections.remove(request.params.name, parsePrecondition(request), request.principal);
      return reply.code(204).send(null);
    },
  );
}
