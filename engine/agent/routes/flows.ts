// /v1/flows: what runs, and every way to change it.

import type { FlowName } from "@flowfusion/graph";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import type { App, Services } from "../app.ts";
import { etagOf, parsePrecondition } from "../etag.ts";
import {
  DeployBody,
  FlowPage,
  FlowStats,
  FlowStatus,
  PageQuery,
  RollbackBody,
  StatsPage,
  VersionPage,
} from "../schemas.ts";
import { ConditionHeaders, FlowParams, parseCounter, problems, wasmAnswer } from "./common.ts";

const PAGE_ITEMS = 50;
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
      const bytes = await artefacts.bytes(artefact);
      reply.header("etag", etagOf(generation)).type("application/wasm");
      return reply.send(bytes);
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
        body: DeployBody,
        response: { 200: FlowStatus, 201: FlowStatus, ...problems(412, 413, 415, 422, 428, 503) },
      },
    },
    async ({ params, headers, body, principal }, reply) => {
      const request = { artefact: body.artefact, options: body.options ?? {} };
      const precondition = parsePrecondition(headers);
      const status = await flows.deploy(params.name, precondition, request, principal);
      reply.code(precondition.kind === "absent" ? 201 : 200).header("etag", etagOf(status.generation));
      return status;
    },
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
        body: RollbackBody,
        response: { 200: FlowStatus, ...problems(404, 412, 413, 415, 422, 428, 503) },
      },
    },
    async ({ params, headers, body, principal }, reply) => {
      const status = await flows.rollBack(params.name, parsePrecondition(headers), body.generation, principal);
      reply.header("etag", etagOf(status.generation));
      return status;
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
    async ({ params, headers, principal }, reply) => {
      await flows.remove(params.name, parsePrecondition(headers), principal);
      return reply.code(204).send(null);
    },
  );
}
