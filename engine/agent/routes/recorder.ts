// /v1/recorder: what came in last, to try a change on.

import type { Readable } from "node:stream";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { RecorderStats, RecordingQuery } from "../schemas.ts";
import { piecesFor, problems } from "./common.ts";

const UPDATES = 10_000;
const PIECE_BYTES = 64 * 1024;
const tags = ["recorder"];

export function recorderRoutes(app: App, { flows, recorder, record }: Services): void {
  app.get(
    "/v1/recorder",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getRecorder",
        summary: "Tells how much of what came in is kept",
        tags,
        response: { 200: RecorderStats, ...problems() },
      },
    },
    async () => recorder(),
  );

  app.get(
    "/v1/recorder/recording",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getRecording",
        summary: "Downloads the newest tag updates, oldest first",
        tags,
        querystring: RecordingQuery,
        response: {
          200: {
            description: "TagUpdateBatch messages, each led by its length as a little-endian u32.",
            content: {
              "application/octet-stream": { schema: Type.Unsafe<Readable>({ type: "string", format: "binary" }) },
            },
          },
          ...problems(404, 503),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const ofFlow = query.flow === undefined ? undefined : flows.subscriptions(query.flow);
      const wanted = ofFlow || query.tag ? [...(ofFlow ?? []), ...(query.tag ?? [])] : undefined;
      const selection = { ...(wanted && { tags: wanted }), updatesMax: query.updates ?? UPDATES };
      const { recording } = await record(selection, reply.raw);
      reply.type("application/octet-stream").header("content-length", recording.length);
      return reply.send(piecesFor(reply, piecesOf(recording)));
    },
  );
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
