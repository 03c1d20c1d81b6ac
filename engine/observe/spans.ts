// Spans of what the control API does. Without a tracer, which tracing.ts starts, all of this does nothing.

import {
  type Attributes,
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";

const tracer = () => trace.getTracer("flowfusion-gateway");

/** Runs `work` in a span below the current one, which ends with it and holds its error. */
export function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  return tracer().startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      const code = (error as { code?: unknown }).code;
      if (typeof code === "string") span.setAttribute("error.type", code);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span for each request, below the caller's where it sends `traceparent`. Neither headers nor queries get in. */
export function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Context>();
  app.addHook("onRequest", (request, _reply, done) => {
    const route = request.routeOptions.url ?? "unknown";
    const attributes = { "http.request.method": request.method, "http.route": route };
    const caller = propagation.extract(context.active(), request.headers);
    const span = tracer().startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER, attributes }, caller);
    const inside = trace.setSpan(caller, span);
    spans.set(request, inside);
    context.with(inside, done);
  });
  app.addHook("onResponse", async (request, reply) => {
    const inside = spans.get(request);
    const span = inside && trace.getSpan(inside);
    span?.setAttribute("http.response.status_code", reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}
