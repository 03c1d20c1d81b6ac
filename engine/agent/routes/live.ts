// /v1/live and /v1/flows/{name}/live: what happens, as it happens. At most two updates a second; who reads slowly misses
// some, and who does not read at all is cut off.

import type { App, Services } from "../app.ts";
import { eventStream, eventStreamAnswer, eventStreamHeaders } from "../events.ts";
import { FlowParams, problems } from "./common.ts";

const STALLED_MS_MAX = 10_000;
const tags = ["live"];

export function liveRoutes(app: App, { live, flows, closing }: Services): void {
  app.get(
    "/v1/live",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "followLive",
        summary: "Follows the rates of the gateway and of each flow as server-sent events, two a second",
        tags,
        response: { 200: eventStreamAnswer, ...problems() },
      },
    },
    async (request, reply) => {
      const stream = eventStream(
        async function* (signal) {
          for await (const { number, value } of live.follow(signal)) yield { id: number, event: "rates", json: value };
        },
        request,
        closing,
        STALLED_MS_MAX,
      );
      return reply.headers(eventStreamHeaders).send(stream);
    },
  );

  app.get(
    "/v1/flows/:name/live",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "followFlowLive",
        summary:
          "Follows the rates of a flow's nodes and wires, and samples of what messages do on their way, two a second",
        tags,
        params: FlowParams,
        response: { 200: eventStreamAnswer, ...problems(404) },
      },
    },
    async (request, reply) => {
      const { params } = request;
      flows.current(params.name);
      const stream = eventStream(
        async function* (signal) {
          for await (const { number, value } of live.followFlow(params.name, signal)) {
            yield { id: number, event: "flow", json: value };
          }
        },
        request,
        closing,
        STALLED_MS_MAX,
      );
      return reply.headers(eventStreamHeaders).send(stream);
    },
  );
}
