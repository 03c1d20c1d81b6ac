// What is read of a request in more than one place.

import type { FastifyRequest } from "fastify";

/** Without the query, which may hold what does not belong in answers or logs. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}
