// What route descriptions share, mostly for the OpenAPI document.

import { Readable, type Writable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import * as Type from "typebox";
import type { ArtefactStream } from "../../store/store.ts";
import { type Pace, slowestPace } from "../http-limits.ts";
import { PROBLEM_MEDIA_TYPE } from "../problem.ts";
import { FlowNameText, Problem } from "../schemas.ts";
import { invalidRequest } from "../validation.ts";

const reasons: { readonly [status: number]: string } = {
  400: "The request is not of the described shape.",
  401: "No valid bearer token.",
  403: "The token's role does not allow it.",
  404: "Not on this gateway.",
  409: "The flow does not run, or not as the request needs it.",
  412: "Another generation runs than the request demands.",
  413: "The body is too large.",
  415: "The Content-Type is not the one described.",
  422: "The artefact or digest does not hold.",
  428: "The write has no If-Match or If-None-Match.",
  429: "Too many invalid tokens came from this address.",
  503: "Too much waits; try again.",
};

/** Problem answers for an OpenAPI `responses` map. Every authenticated route has 400, 401, 403 and 429. */
export function problems(...statuses: readonly number[]) {
  const entries = [400, 401, 403, 429, ...statuses].map((status) => [
    status,
    { description: reasons[status] ?? "Refused.", content: { [PROBLEM_MEDIA_TYPE]: { schema: Problem } } },
  ]);
  return Object.fromEntries(entries);
}

export const FlowParams = Type.Object({ name: FlowNameText }, { additionalProperties: false });

/** The headers of a conditional write; read by etag.ts, described here. Other headers are the transport's. */
export const ConditionHeaders = Type.Object({
  "if-match": Type.Optional(Type.String({ description: 'The generation to replace, `"7"`; `*` for any.' })),
  "if-none-match": Type.Optional(Type.String({ description: "`*` to create." })),
});

/** A page of a list whose items are numbered. */
export const IdPageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    after: Type.Optional(Type.Integer({ minimum: 0, description: "The `next` of the page before." })),
  },
  { additionalProperties: false },
);

/** What is numbered is listed downwards, so `after` is the number to begin below. */
export function parseCounter(after: string | undefined): number {
  if (after === undefined) {
    return Number.MAX_SAFE_INTEGER;
  }
  if (!/^[1-9][0-9]{0,14}$/.test(after)) {
    throw invalidRequest("querystring", [
      {
        keyword: "pattern",
        instancePath: "/after",
        schemaPath: "",
        params: {},
        message: "must be a number listed before",
      },
    ]);
  }
  return Number(after);
}

export const wasmAnswer = {
  description: "The bytes of the artefact.",
  content: { "application/wasm": { schema: Type.Unsafe<Readable>({ type: "string", format: "binary" }) } },
};

export function sendWasm(reply: FastifyReply, { sizeBytes, bytes }: ArtefactStream): FastifyReply {
  const pieces = piecesFor(reply, bytes);
  // Of one that was never read from, nothing else closes the file: its client had left before.
  pieces.once("close", () => bytes.destroy());
  return reply.type("application/wasm").header("content-length", sizeBytes).send(pieces);
}

type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * For an answer that a client may take for hours: one whose token is revoked meanwhile gets no more of it, and one that falls
 * behind the pace loses its connection, as it holds what others wait for.
 */
export function piecesFor({ request, raw }: FastifyReply, pieces: Pieces, pace = slowestPace): Readable {
  return Readable.from(atPace(whileAllowed(pieces, request), raw, pace));
}

async function* atPace(pieces: Pieces, answer: Writable, pace: Pace): AsyncGenerator<Uint8Array> {
  let leftMs = pace.behindMs;
  let timer: NodeJS.Timeout | undefined;
  answer.once("close", () => clearTimeout(timer));
  const endIn = (ms: number) => {
    timer = setTimeout(() => answer.destroy(), ms).unref();
  };
  for await (const piece of pieces) {
    const givenMs = performance.now();
    leftMs += piece.length / pace.bytesPerMs;
    endIn(leftMs);
    yield piece;
    clearTimeout(timer);
    leftMs = Math.min(pace.behindMs, leftMs - (performance.now() - givenMs));
  }
  // The last of it may be on its way yet.
  endIn(leftMs);
}

async function* whileAllowed(pieces: Pieces, { demandCaller }: FastifyRequest): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    demandCaller();
    yield piece;
  }
}
