// /v1/flows/{name}/layout: where a flow's nodes are drawn. Apart from the graph, and in no digest.

import type { App, Services } from "../app.ts";
import { etagOf, parsePrecondition } from "../etag.ts";
import { Layout, LayoutBody } from "../layout-schemas.ts";
import { ConditionHeaders, FlowParams, problems } from "./common.ts";

const LAYOUT_BYTES_MAX = 64 * 1024;
const tags = ["layouts"];

export function layoutRoutes(app: App, { layouts }: Services): void {
  app.get(
    "/v1/flows/:name/layout",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getLayout",
        summary: "Tells where the flow's nodes are drawn; 404 when nobody has laid it out",
        tags,
        params: FlowParams,
        response: { 200: Layout, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const layout = layouts.get(params.name);
      reply.header("etag", etagOf(layout.generation));
      return layout;
    },
  );

  app.put(
    "/v1/flows/:name/layout",
    {
      config: { role: "operator" },
      bodyLimit: LAYOUT_BYTES_MAX,
      schema: {
        operationId: "putLayout",
        summary: "Lays the flow out; changes nothing about it",
        tags,
        params: FlowParams,
        headers: ConditionHeaders,
        body: LayoutBody,
        response: { 200: Layout, 201: Layout, ...problems(404, 412, 413, 415, 428) },
      },
    },
    async (request, reply) => {
      const { params, body, principal } = request;
      const precondition = parsePrecondition(request);
      const layout = layouts.put(params.name, precondition, body, principal);
      reply.code(precondition.kind === "absent" ? 201 : 200).header("etag", etagOf(layout.generation));
      return layout;
    },
  );
}
