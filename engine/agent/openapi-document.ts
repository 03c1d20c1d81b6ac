// From routes to their OpenAPI document.

import swagger from "@fastify/swagger";
import Fastify, { type FastifyContextConfig, type FastifySchema, type RouteOptions } from "fastify";

export async function openApiDocument(routes: readonly RouteOptions[]): Promise<object> {
  // Nobody is answered here: nothing is checked, and nothing written.
  const compilersFactory = {
    buildValidator: (() => () => () => true) as never,
    buildSerializer: () => () => JSON.stringify,
  };
  const app = Fastify({ exposeHeadRoutes: false, schemaController: { compilersFactory } });
  await app.register(swagger, {
    exposeHeadRoutes: true,
    openapi: {
      openapi: "3.1.0",
      info: { title: "Flow Fusion gateway", version: "1", description: "Deploys flows and tells what runs." },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: ({ schema, url, route }) => ({ schema: withBytes(withAccess(schema, route.config)), url }),
  });
  for (const { method, url, schema = {}, config = {} } of routes) {
    app.route({ method, url, schema, config, handler() {} });
  }
  await app.ready();
  return app.swagger();
}

/** Each operation says which role it needs, and one that only reads whether the audit log tells of it. */
function withAccess(schema: FastifySchema, { role, isReadAudited }: FastifyContextConfig = {}): FastifySchema {
  return { ...schema, "x-role": role, ...(isReadAudited && { "x-audited": true }) } as FastifySchema;
}

/** A route that takes bytes says of which type, and has no schema to check them with. */
function withBytes(schema: FastifySchema): FastifySchema {
  return schema.consumes && !schema.body ? { ...schema, body: { type: "string", format: "binary" } } : schema;
}
