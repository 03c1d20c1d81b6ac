// /v1/modules: the content-addressed store of node modules, for flows that run node by node.

import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { ModuleInspection } from "../node-type-schemas.ts";
import { ApiError } from "../problem.ts";
import { DigestText, ModuleInfo } from "../schemas.ts";
import { problems } from "./common.ts";

const Params = Type.Object({ digest: DigestText }, { additionalProperties: false });
const MODULE_BYTES_MAX = 8 * 1024 * 1024;
const tags = ["modules"];

/** Registered in a scope of its own: only here is a body application/wasm, and nothing else. */
export function moduleRoutes(app: App, { modules }: Services): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/wasm", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.put(
    "/v1/modules/:digest",
    {
      config: { role: "operator" },
      bodyLimit: MODULE_BYTES_MAX,
      schema: {
        operationId: "putModule",
        summary: "Stores a node module under its sha256; harmless to repeat",
        tags,
        consumes: ["application/wasm"],
        params: Params,
        response: { 200: ModuleInfo, 201: ModuleInfo, ...problems(413, 415, 422) },
      },
    },
    async ({ params, body }, reply) => {
      const { info, isNew } = await modules.put(params.digest, demandBytes(body));
      reply.code(isNew ? 201 : 200);
      return info;
    },
  );

  app.post(
    "/v1/modules/inspect",
    {
      config: { role: "operator" },
      bodyLimit: MODULE_BYTES_MAX,
      schema: {
        operationId: "inspectModule",
        summary:
          "Tells what a module is: ports, properties, features, measures, or why it would be refused; stores nothing",
        tags,
        consumes: ["application/wasm"],
        response: { 200: ModuleInspection, ...problems(413, 415) },
      },
    },
    async ({ body }) => modules.inspect(demandBytes(body)),
  );

  app.head(
    "/v1/modules/:digest",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "hasModule",
        summary: "Tells whether a module is stored, whole",
        tags,
        params: Params,
        response: { 200: Type.Null({ description: "It is." }), ...problems(404) },
      },
    },
    async ({ params }, reply) => reply.code((await modules.has(params.digest)) ? 200 : 404).send(),
  );
}

function demandBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  throw new ApiError("FF_API_MEDIA_TYPE", "the body is missing; send the module as application/wasm");
}
