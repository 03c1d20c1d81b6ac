// /v1/session: how the web console signs in and out. Signing in takes a token and gives a cookie; see security/sessions.ts.

import type { FastifyReply, FastifyRequest } from "fastify";
import * as Type from "typebox";
import type { OpenedSession } from "../../security/sessions.ts";
import { type SessionInfo, SessionInfo as SessionInfoSchema, SessionRequest } from "../access-schemas.ts";
import type { App, Services } from "../app.ts";
import { cookieName, sessionIdOf } from "../auth.ts";
import { problems } from "./common.ts";

const tags = ["session"];

export function sessionRoutes(app: App, { sessions, logins }: Services): void {
  app.post(
    "/v1/session",
    {
      config: { role: "public", mayGoUnaudited: true },
      schema: {
        operationId: "openSession",
        summary: "Signs in with a token: sets an HttpOnly cookie and tells the CSRF value that writes need",
        tags,
        security: [],
        body: SessionRequest,
        response: { 201: SessionInfoSchema, ...problems(413, 415) },
      },
    },
    async (request, reply) => {
      logins.authenticate(request.body.token, request.ip);
      const session = sessions.open(request.body.token);
      request.caller = session.caller;
      request.principal = session.caller.name;
      setCookie(request, reply, session.id);
      reply.code(201);
      return describeSession(session);
    },
  );

  app.get(
    "/v1/session",
    {
      config: { role: "viewer" },
      schema: {
        operationId: "getSession",
        summary: "Tells who is signed in, and the CSRF value of a session",
        tags,
        response: { 200: SessionInfoSchema, ...problems() },
      },
    },
    async (request) => {
      const id = sessionIdOf(request);
      const caller = request.caller!;
      return request.headers.authorization === undefined && id !== undefined
        ? describeSession(sessions.find(id))
        : { name: caller.name, role: caller.role };
    },
  );

  app.delete(
    "/v1/session",
    {
      config: { role: "viewer", mayGoUnaudited: true },
      schema: {
        operationId: "closeSession",
        summary: "Signs out",
        tags,
        response: { 204: Type.Null({ description: "Signed out." }), ...problems() },
      },
    },
    async (request, reply) => {
      const id = sessionIdOf(request);
      if (id !== undefined) {
        sessions.close(id);
      }
      setCookie(request, reply, undefined);
      return reply.code(204).send(null);
    },
  );
}

function describeSession({ caller, csrf, endsAtMs }: Omit<OpenedSession, "id">): SessionInfo {
  return { name: caller.name, role: caller.role, csrf, endsAt: new Date(endsAtMs).toISOString() };
}

function setCookie(request: FastifyRequest, reply: FastifyReply, id: string | undefined): void {
  const isSecure = request.protocol === "https";
  const parts = [
    `${cookieName(isSecure)}=${id ?? ""}`,
    "Path=/",
    "HttpOnly",
    "SameSite=Strict",
    ...(isSecure ? ["Secure"] : []),
    ...(id === undefined ? ["Max-Age=0"] : []),
  ];
  reply.header("set-cookie", parts.join("; "));
}
