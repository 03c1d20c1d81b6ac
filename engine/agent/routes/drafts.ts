// POST /v1/artefacts: a graph is fused here, and what comes of it lies in the store like an artefact that was uploaded.
// POST /v1/flows/{name}/compare: what an artefact would have done with the tags that came in last.
// POST /v1/flows/{name}/replay: the same with a recording that is sent along.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { App, Services } from "../app.ts";
import { CompareBody, Comparison, DraftBody, type DraftEvent, FusedDraft, ReplayQuery } from "../draft-schemas.ts";
import type { Drafts } from "../drafts.ts";
import { eventStream, eventStreamAnswer, eventStreamHeaders, type ServerEvent } from "../events.ts";
import { ApiError, asProblem } from "../problem.ts";
import { FlowParams, problems } from "./common.ts";

const GRAPH_BYTES_MAX = 4 * 1024 * 1024;
const UPDATES = 10_000;
const RECORDING = "application/octet-stream";
const RECORDING_BYTES_MAX = 16 * 1024 * 1024;
const tags = ["drafts"];

export function draftRoutes(app: App, { drafts, closing }: Services): void {
  app.post(
    "/v1/artefacts",
    {
      config: { role: "operator" },
      bodyLimit: GRAPH_BYTES_MAX,
      schema: {
        operationId: "fuseDraft",
        summary:
          "Fuses a graph from the node types of this gateway; with Accept: text/event-stream its phases are told as they end",
        tags,
        body: DraftBody,
        response: {
          201: {
            description: "The artefact, ready to be tried and deployed.",
            content: { "application/json": { schema: FusedDraft }, ...eventStreamAnswer.content },
          },
          ...problems(409, 413, 415, 422, 503),
        },
      },
    },
    async (request, reply) => {
      reply.code(201);
      const { graph } = request.body;
      if (wantsEvents(request)) return followed(drafts, graph, { request, reply, closing });
      const fused = await drafts.fuse(graph, closing, () => {});
      reply.header("location", `/v1/artefacts/${fused.artefact}`);
      return fused;
    },
  );

  app.post(
    "/v1/flows/:name/compare",
    {
      config: { role: "operator" },
      schema: {
        operationId: "compareArtefact",
        summary:
          "Runs an artefact on the tags that came in last, beside the flow where it runs, and tells what differs at each sink",
        tags,
        params: FlowParams,
        body: CompareBody,
        response: { 200: Comparison, ...problems(404, 413, 415, 422, 503) },
      },
    },
    async ({ params, body }) => drafts.compare(params.name, body.artefact, body.updates ?? UPDATES, closing),
  );
}

/** Registered in a scope of its own: only here is a body a recording, and nothing else. */
export function replayRoutes(app: App, { drafts, closing }: Services): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(RECORDING, { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.post(
    "/v1/flows/:name/replay",
    {
      config: { role: "operator" },
      bodyLimit: RECORDING_BYTES_MAX,
      schema: {
        operationId: "replayRecording",
        summary:
          "Runs an artefact on a recording, beside the flow where it runs, and tells what differs at each sink; changes nothing",
        tags,
        consumes: [RECORDING],
        params: FlowParams,
        querystring: ReplayQuery,
        response: { 200: Comparison, ...problems(404, 413, 415, 422, 503) },
      },
    },
    async ({ params, query, body }) => {
      if (body instanceof Uint8Array) return drafts.replay(params.name, query.artefact, body, closing);
      throw new ApiError("FF_API_MEDIA_TYPE", `the body is missing; send the recording as ${RECORDING}`);
    },
  );
}

const wantsEvents = ({ headers }: FastifyRequest): boolean => headers.accept?.includes("text/event-stream") === true;

/** Answers with events once the first phase has ended; what is wrong with the graph is known by then, and refused as ever. */
async function followed(
  drafts: Drafts,
  graph: unknown,
  { request, reply, closing }: { request: FastifyRequest; reply: FastifyReply; closing: AbortSignal },
) {
  const gone = new AbortController();
  const events: DraftEvent[] = [];
  let changed = Promise.withResolvers<void>();
  const tell = (event: DraftEvent) => {
    events.push(event);
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const first = Promise.withResolvers<void>();
  const fusing = drafts.fuse(graph, AbortSignal.any([closing, gone.signal]), (phase) => {
    tell({ kind: "phase", ...phase });
    first.resolve();
  });
  const told = fusing.then(
    (fused) => tell({ kind: "fused", ...fused }),
    (error: unknown) => tell({ kind: "failed", problem: asProblem(error, request.id) }),
  );
  await Promise.race([first.promise, fusing]);
  // When the gateway stops, the draft fails, which is told.
  const stream = eventStream(async function* (signal): AsyncGenerator<ServerEvent> {
    signal.addEventListener("abort", () => gone.abort(), { once: true });
    for (let next = 0; !signal.aborted; ) {
      const event = events[next];
      if (event) yield { id: ++next, event: event.kind, data: event };
      if (event && event.kind !== "phase") return;
      if (next === events.length) await Promise.race([changed.promise, told]);
    }
  }, request);
  return reply.headers(eventStreamHeaders).send(stream);
}
