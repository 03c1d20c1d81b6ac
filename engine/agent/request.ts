// What is read of a request in more than one place.

import type { FastifyRequest } from "fastify";
import type { Author } from "../store/flow-table.ts";

/** Without the query, which may hold what does not belong in answers or logs. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** Tools say who they are in this header; it is told to people, and trusted for nothing. */
const toolHeader = "x-flowfusion-tool";
const tools = ["pulumi", "console", "cli"] as const;

export function authorOf({ principal, headers }: FastifyRequest): Author {
  return { by: principal, via: tools.find((tool) => tool === headers[toolHeader]) ?? "api" };
}
