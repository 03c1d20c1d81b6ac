// The description of the API, made from its routes with the first request for it: what makes it takes more memory than
// all routes do.

import type { RouteOptions } from "fastify";
import type { App } from "./app.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** The OpenAPI 3.1 document of all routes that were added since `describeRoutes`. */
    openApi: () => Promise<object>;
  }
}

export function describeRoutes(app: App): void {
  const routes: RouteOptions[] = [];
  let document: Promise<object> | undefined;
  app.addHook("onRoute", (route) => void routes.push(route));
  app.decorate("openApi", async () => {
    document ??= import("./openapi-document.ts").then(({ openApiDocument }) => openApiDocument(routes));
    return document;
  });
}
