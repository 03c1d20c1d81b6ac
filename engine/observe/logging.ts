// Structured logs: JSON lines with levels, one for each answer of the API. Headers and query strings are not logged at
// all, so that a token cannot get in; redaction stands behind that for what a later change might add.

import type { FastifyReply, FastifyRequest } from "fastify";
import { LogOutput } from "../log-output.ts";

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go; standard output when absent. */
  readonly stream?: { write(line: string): void };
}

export function loggerOptions({ level, stream }: LogOptions) {
  return {
    level,
    redact: {
      paths: ["*.authorization", "*.token", "*.cookie", "*.csrf", "*.password", "*.secret", "req.headers", "headers"],
      censor: "[redacted]",
    },
    stream: stream ?? new LogOutput(process.stdout),
  };
}

/** Health probes and metrics come every few seconds and say nothing; they are seen at `debug`. */
const quietRoutes: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);

export async function logAnswers(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const route = request.routeOptions.url;
  const level = route !== undefined && quietRoutes.has(route) ? "debug" : "info";
  request.log[level](
    {
      method: request.method,
      path: request.url.split("?", 1)[0],
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      by: request.principal,
      remote: request.ip,
    },
    "answered",
  );
}
