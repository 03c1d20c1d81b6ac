// /v1/tokens: who may call the API. A token is shown in the answer that makes it and never again.

import * as Type from "typebox";
import type { TokenRow } from "../../store/token-table.ts";
import { NewToken, type TokenInfo, TokenList, TokenRequest } from "../access-schemas.ts";
import type { App, Services } from "../app.ts";
import { ApiError } from "../problem.ts";
import { problems } from "./common.ts";

const Params = Type.Object({ name: TokenRequest.properties.name }, { additionalProperties: false });
const tags = ["tokens"];

export function tokenRoutes(app: App, { tokens }: Services): void {
  const describeNamed = (name: string): TokenInfo | undefined =>
    tokens
      .list()
      .filter((row) => row.name === name)
      .map(describeToken)[0];

  app.get(
    "/v1/tokens",
    {
      config: { role: "admin" },
      schema: {
        operationId: "listTokens",
        summary: "Lists the tokens by name, never what they are; there are at most 256",
        tags,
        response: { 200: TokenList, ...problems() },
      },
    },
    async () => ({ items: tokens.list().map(describeToken) }),
  );

  app.post(
    "/v1/tokens",
    {
      config: { role: "admin", audited: ({ body }) => describeNamed((body as { readonly name: string }).name) },
      schema: {
        operationId: "createToken",
        summary: "Draws a token; the answer shows it, this once",
        tags,
        body: TokenRequest,
        response: { 201: NewToken, ...problems(413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { body, principal } = request;
      const token = tokens.create(body, principal);
      reply.code(201);
      return { ...describeNamed(body.name)!, token };
    },
  );

  app.delete(
    "/v1/tokens/:name",
    {
      config: { role: "admin", audited: ({ params }) => describeNamed((params as { readonly name: string }).name) },
      schema: {
        operationId: "revokeToken",
        summary: "Revokes a token and ends its sessions, at once",
        tags,
        params: Params,
        response: { 204: Type.Null({ description: "Revoked." }), ...problems(404, 422) },
      },
    },
    async ({ params }, reply) => {
      if (!tokens.revoke(params.name)) {
        throw new ApiError("FF_API_NOT_FOUND", `token ${params.name}: not on this gateway`);
      }
      return reply.code(204).send(null);
    },
  );
}

function describeToken({ name, role, expiresAt, createdAt, createdBy }: TokenRow): TokenInfo {
  return { name, role, createdAt, createdBy, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
