// /v1/artefacts: the content-addressed store of Flow.wasm files.

import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { ApiError } from "../problem.ts";
import { ArtefactInfo, DigestText, ReleaseBundle, ReleaseInfo } from "../schemas.ts";
import { problems, sendWasm, wasmAnswer } from "./common.ts";

const Params = Type.Object({ digest: DigestText }, { additionalProperties: false });
const tags = ["artefacts"];

export function artefactRoutes(app: App, services: Services): void {
  app.register(async (scope: App) => byteRoutes(scope, services));
  releaseRoutes(app, services);
}

/** In a scope of its own: only here is a body application/wasm, and nothing else. */
function byteRoutes(app: App, { artefacts, artefactBytesMax }: Services): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/wasm", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.put(
    "/v1/artefacts/:digest",
    {
      config: { role: "operator" },
      bodyLimit: artefactBytesMax,
      schema: {
        operationId: "putArtefact",
        summary: "Stores an artefact under its sha256; harmless to repeat",
        tags,
        consumes: ["application/wasm"],
        params: Params,
        response: { 200: ArtefactInfo, 201: ArtefactInfo, ...problems(413, 415, 422) },
      },
    },
    async ({ params, body }, reply) => {
      if (!(body instanceof Uint8Array)) {
        throw new ApiError("FF_API_MEDIA_TYPE", "the body is missing; send the artefact as application/wasm");
      }
      const { info, isNew } = await artefacts.put(params.digest, body);
      reply.code(isNew ? 201 : 200);
      return info;
    },
  );

  app.head(
    "/v1/artefacts/:digest",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "hasArtefact",
        summary: "Tells whether an artefact is stored, whole",
        tags,
        params: Params,
        response: { 200: Type.Null({ description: "It is." }), ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const found = await artefacts.find(params.digest);
      return reply.code(found === undefined ? 404 : 200).send();
    },
  );

  app.get(
    "/v1/artefacts/:digest",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getArtefact",
        summary: "Downloads an artefact",
        tags,
        params: Params,
        response: { 200: wasmAnswer, ...problems(404) },
      },
    },
    async ({ params }, reply) => sendWasm(reply, await artefacts.stream(params.digest)),
  );
}

function releaseRoutes(app: App, { artefacts, releases }: Services): void {
  app.put(
    "/v1/artefacts/:digest/bundle",
    {
      config: { role: "operator" },
      schema: {
        operationId: "putRelease",
        summary: "Stores a publisher's signed word that the artefact is a release of a flow",
        tags,
        params: Params,
        body: ReleaseBundle,
        response: { 200: ReleaseInfo, ...problems(404, 413, 415, 422) },
      },
    },
    async ({ params, body }) => {
      if ((await artefacts.find(params.digest)) === undefined) {
        throw new ApiError("FF_API_NOT_FOUND", `the store has no artefact ${params.digest}`);
      }
      const { flow, number, publisher } = releases.put(params.digest, body);
      return { flow, release: number, publisher };
    },
  );
}
