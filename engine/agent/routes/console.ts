// /console/: the web console's files, for everybody; what the page shows, it asks the API for, with a session. Its policy
// lets it load and call nothing but this gateway, and no script or style that is not a file.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../app.ts";
import { type ConsoleFiles, chooseEncoding } from "../console-files.ts";
import { ApiError } from "../problem.ts";
import { pathOf } from "../request.ts";

const root = "/console/";
const pageHeaders = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  vary: "accept-encoding",
} as const;

/** Checks drafts by schemas that are compiled as they come, which a page must not do; it can reach nothing from there. */
const checkWorker = "assets/check-worker-";
const workerPolicy = "default-src 'none'; script-src 'self' 'unsafe-eval'";

export function consoleRoutes(app: App, files: ConsoleFiles): void {
  const route = { config: { role: "public" }, schema: { hide: true } } as const;
  const methods = ["GET", "HEAD"];
  const toConsole = async (_request: FastifyRequest, reply: FastifyReply) => reply.redirect(root, 302);
  app.route({ ...route, method: methods, url: "/", handler: toConsole });
  app.route({ ...route, method: methods, url: "/console", handler: toConsole });
  app.route({
    ...route,
    method: methods,
    url: `${root}*`,
    async handler(request, reply) {
      const found = files.find(pathOf(request).slice(root.length));
      if (found === undefined)
        throw new ApiError("FF_API_ROUTE_UNKNOWN", `${pathOf(request)}: the console has no such file`);
      const { name, file } = found;
      const encoding = chooseEncoding(file, request.headers["accept-encoding"] ?? "");
      reply.headers(pageHeaders);
      if (name.startsWith(checkWorker)) reply.header("content-security-policy", workerPolicy);
      reply.header("cache-control", file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache");
      if (encoding !== "identity") reply.header("content-encoding", encoding);
      return reply.type(file.type).send(await files.read(name, encoding));
    },
  });
}
