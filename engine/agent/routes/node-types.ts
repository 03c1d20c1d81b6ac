// /v1/node-types: what flows on this gateway may be made of.

import type { FastifyRequest } from "fastify";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { etagOf, parsePrecondition } from "../etag.ts";
import { NodeType, NodeTypeBody, NodeTypeName, NodeTypePage } from "../node-type-schemas.ts";
import { PageQuery } from "../schemas.ts";
import { ConditionHeaders, problems } from "./common.ts";

const PAGE_ITEMS = 50;
const Params = Type.Object({ name: NodeTypeName }, { additionalProperties: false });
const tags = ["node types"];

export function nodeTypeRoutes(app: App, services: Services): void {
  readRoutes(app, services);
  writeRoutes(app, services);
}

function readRoutes(app: App, { nodeTypes }: Services): void {
  app.get(
    "/v1/node-types",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listNodeTypes",
        summary: "Lists built-in and uploaded node types by name, with ports, properties and documentation",
        tags,
        querystring: PageQuery,
        response: { 200: NodeTypePage, ...problems() },
      },
    },
    async ({ query }) => nodeTypes.list(query.after ?? "", query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/node-types/:name",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getNodeType",
        summary: "Tells what a node type is; the ETag of an uploaded one is its generation",
        tags,
        params: Params,
        response: { 200: NodeType, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const type = await nodeTypes.get(params.name);
      if (type.uploaded) reply.header("etag", etagOf(type.uploaded.generation));
      return type;
    },
  );
}

function writeRoutes(app: App, { nodeTypes }: Services): void {
  /** For the audit log: which module the type is made of. */
  const audited = ({ params }: FastifyRequest) => {
    const type = nodeTypes.find((params as { readonly name: string }).name);
    return type && { module: type.module, version: type.manifest.version, generation: type.uploaded?.generation };
  };
  const config = { role: "operator", audited } as const;

  app.put(
    "/v1/node-types/:name",
    {
      config,
      schema: {
        operationId: "putNodeType",
        summary: "Makes a node type of a stored module, for flows that are fused here from now on; what runs stays",
        tags,
        params: Params,
        headers: ConditionHeaders,
        body: NodeTypeBody,
        response: { 200: NodeType, 201: NodeType, ...problems(412, 413, 415, 422, 428, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, principal } = request;
      const precondition = parsePrecondition(request);
      const type = await nodeTypes.put(params.name, precondition, body.module, principal);
      reply.code(precondition.kind === "absent" ? 201 : 200).header("etag", etagOf(type.uploaded!.generation));
      return type;
    },
  );

  app.delete(
    "/v1/node-types/:name",
    {
      config,
      schema: {
        operationId: "deleteNodeType",
        summary: "Takes an uploaded node type out of the catalogue; flows that are made of it run on",
        tags,
        params: Params,
        headers: ConditionHeaders,
        response: { 204: Type.Null({ description: "Deleted." }), ...problems(404, 412, 428, 503) },
      },
    },
    async (request, reply) => {
      await nodeTypes.remove(request.params.name, parsePrecondition(request), request.principal);
      return reply.code(204).send(null);
    },
  );
}
