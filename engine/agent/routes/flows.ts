// /v1/flows: what runs, and every way to change it.

import type { FlowName } from "@flowfusion/graph";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Static } from "typebox";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { etagOf, parsePrecondition } from "../etag.ts";
import type { Deploying } from "../flow-manager.ts";
import { authorOf } from "../request.ts";
import {
  DeployBody,
  Deployment,
  DryRun,
  FlowPage,
  FlowStats,
  FlowStatus,
  FlowVersionDetail,
  Generation,
  PageQuery,
  RollbackBody,
  StatsPage,
  VersionPage,
} from "../schemas.ts";
import { ConditionHeaders, FlowParams, parseCounter, problems, sendWasm, wasmAnswer } from "./common.ts";

const PAGE_ITEMS = 50;
const WaitQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.Union([Type.Literal("none"), Type.Literal("swapped"), Type.Literal("healthy")], {
        default: "swapped",
        description:
          "`none`: answers 202 at once. `healthy`: answers when the trial is over, 409 when it was rolled back.",
      }),
    ),
  },
  { additionalProperties: false },
);
const VersionParams = Type.Object(
  { ...FlowParams.properties, generation: Generation },
  { additionalProperties: false },
);
const tags = ["flows"];

export function flowRoutes(app: App, services: Services): void {
  readRoutes(app, services);
  statsRoute(app, services);
  writeRoutes(app, services);
}

function readRoutes(app: App, { flows, artefacts }: Services): void {
  app.get(
    "/v1/flows",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listFlows",
        summary: "Lists flows by name",
        tags,
        querystring: PageQuery,
        response: { 200: FlowPage, ...problems() },
      },
    },
    async ({ query }) => flows.list(query.after ?? "", query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/flows/:name",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getFlow",
        summary: "Tells what runs; its ETag is the generation",
        tags,
        params: FlowParams,
        response: { 200: FlowStatus, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const status = await flows.status(params.name);
      reply.header("etag", etagOf(status.generation));
      return status;
    },
  );

  app.get(
    "/v1/flows/:name/artefact",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getFlowArtefact",
        summary: "Downloads the Flow.wasm that runs",
        tags,
        params: FlowParams,
        response: { 200: wasmAnswer, ...problems(404) },
      },
    },
    async ({ params }, reply) => {
      const { artefact, generation } = flows.current(params.name);
      return sendWasm(reply.header("etag", etagOf(generation)), await artefacts.stream(artefact));
    },
  );

  app.get(
    "/v1/flows/:name/versions",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listVersions",
        summary: "Lists what was deployed, newest first; also of a deleted flow",
        tags,
        params: FlowParams,
        querystring: PageQuery,
        response: { 200: VersionPage, ...problems(404) },
      },
    },
    async ({ params, query }) => flows.versions(params.name, parseCounter(query.after), query.limit ?? PAGE_ITEMS),
  );

  app.get(
    "/v1/flows/:name/versions/:generation",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getVersion",
        summary: "Tells what a version was made of, so that any two can be compared",
        tags,
        params: VersionParams,
        response: { 200: FlowVersionDetail, ...problems(404) },
      },
    },
    async ({ params }) => flows.version(params.name, params.generation),
  );

  app.get(
    "/v1/flows/:name/stats",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getFlowStats",
        summary: "Counts what went through the flow, its nodes and sinks",
        tags,
        params: FlowParams,
        response: { 200: FlowStats, ...problems(404, 409) },
      },
    },
    async ({ params }) => flows.stats(params.name),
  );
}

function statsRoute(app: App, { flows }: Services): void {
  app.get(
    "/v1/stats",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "listStats",
        summary: "Counts what went through each flow that runs, by name",
        tags,
        querystring: PageQuery,
        response: { 200: StatsPage, ...problems() },
      },
    },
    async ({ query }) => flows.listStats(query.after ?? "", query.limit ?? PAGE_ITEMS),
  );
}

function writeRoutes(app: App, { flows }: Services): void {
  /** For the audit log: which version the flow is at. */
  const audited = ({ params }: FastifyRequest) => flows.identify((params as { readonly name: FlowName }).name);
  const config = { role: "operator", audited } as const;

  app.put(
    "/v1/flows/:name",
    {
      config,
      schema: {
        operationId: "deployFlow",
        summary: "Swaps the flow to an artefact of the store, without losing a message",
        tags,
        params: FlowParams,
        headers: ConditionHeaders,
        querystring: WaitQuery,
        body: DeployBody,
        response: {
          200: FlowStatus,
          201: FlowStatus,
          202: Deployment,
          ...problems(409, 412, 413, 415, 422, 428, 503),
        },
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const wanted = { artefact: body.artefact, options: body.options ?? {}, resource: body.resource };
      const precondition = parsePrecondition(request);
      const deploying = flows.deploy(params.name, precondition, wanted, authorOf(request));
      return answer(deploying, query.wait, precondition.kind === "absent" ? 201 : 200, reply);
    },
  );

  app.post(
    "/v1/flows/:name/dry-run",
    {
      config: { role: "operator" },
      schema: {
        operationId: "tryDeploy",
        summary: "Does all of a deploy but the switch, with the state that runs, and tells what would become of it",
        tags,
        params: FlowParams,
        body: DeployBody,
        response: { 200: DryRun, ...problems(409, 413, 415, 422, 503) },
      },
    },
    async ({ params, body }) => flows.dryRun(params.name, body.artefact, body.options ?? {}),
  );

  app.post(
    "/v1/flows/:name/rollback",
    {
      config,
      schema: {
        operationId: "rollBackFlow",
        summary: "Deploys an earlier version anew, as the next generation",
        tags,
        params: FlowParams,
        headers: ConditionHeaders,
        querystring: WaitQuery,
        body: RollbackBody,
        response: { 200: FlowStatus, 202: Deployment, ...problems(404, 409, 412, 413, 415, 422, 428, 503) },
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const author = authorOf(request);
      const deploying = flows.rollBack(params.name, parsePrecondition(request), body.generation, author);
      return answer(deploying, query.wait, 200, reply);
    },
  );

  app.delete(
    "/v1/flows/:name",
    {
      config,
      schema: {
        operationId: "deleteFlow",
        summary: "Stops the flow and forgets its state; its versions stay listed",
        tags,
        params: FlowParams,
        headers: ConditionHeaders,
        response: { 204: Type.Null({ description: "Deleted." }), ...problems(404, 412, 428, 503) },
      },
    },
    async (request, reply) => {
      await flows.remove(request.params.name, parsePrecondition(request), authorOf(request));
      return reply.code(204).send(null);
    },
  );
}

/** Answers a deploy when it has come as far as the caller waits for. */
async function answer(
  { log, swapped, settled }: Deploying,
  wait: Static<typeof WaitQuery>["wait"],
  code: 200 | 201,
  reply: FastifyReply,
): Promise<FlowStatus | Deployment> {
  if (wait === "none") {
    reply.request.audit.pending = { deployment: log.id };
    reply.code(202).header("location", `/v1/deployments/${log.id}`);
    return log.describe();
  }
  const status = await (wait === "healthy" ? settled : swapped);
  reply.code(code).header("etag", etagOf(status.generation));
  return status;
}
