// Who calls and whether they may: each route declares the role that it needs, and one hook, before anything of a request
// is read but its header, holds every route to it. A route without a role does not start.

import { FlowFusionError, mayAct, type Role, roles } from "@flowfusion/graph";
import type { FastifyRequest, RouteOptions } from "fastify";
import type { Logins } from "../security/logins.ts";
import { demandCsrf, type Sessions } from "../security/sessions.ts";
import type { Caller, Tokens } from "../security/tokens.ts";
import type { App } from "./app.ts";

const CSRF_HEADER = "x-csrf-token";
const COOKIE_NAME = "ff_session";
/** What a route asks for; `public` is for what supervisors read without a token, and for signing in. */
type Access = Role | "public";
const accesses: readonly Access[] = ["public", ...roles];

export interface Authentication {
  readonly logins: Logins;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls; empty on a public route. */
    principal: string;
    /** What the caller may do; undefined on a public route. */
    caller: Caller | undefined;
    /** Throws FF_API_UNAUTHORIZED once the caller's token or session has ended: an answer that goes on asks before it says more. */
    demandCaller: () => void;
  }
  interface FastifyContextConfig {
    /** Who may call the route. Each route declares it. */
    readonly role?: Access;
  }
}

/** To be called before the routes are registered. */
export function guardRoutes(app: App, auth: Authentication): void {
  app.decorateRequest("principal", "");
  app.decorateRequest("caller", undefined);
  app.decorateRequest("demandCaller", () => undefined);
  app.addHook("onRoute", demandRole);
  app.addHook("onRequest", async (request) => {
    const needed = request.routeOptions.config.role;
    if (needed === "public") {
      return;
    }
    const caller = identify(request, auth);
    request.caller = caller;
    request.principal = caller.name;
    request.demandCaller = () => demandCaller(request, auth);
    if (needed !== undefined && !mayAct(caller.role, needed)) {
      throw new FlowFusionError(
        "FF_API_FORBIDDEN",
        `${caller.name} is ${caller.role}; ${request.method} ${request.routeOptions.url} needs ${needed}`,
      );
    }
  });
  // A body may take a minute to arrive, and the caller's token or session may have ended meanwhile.
  app.addHook("preValidation", async (request) => {
    if (request.body !== undefined) request.demandCaller();
  });
}

function demandRole({ method, url, config }: RouteOptions): void {
  if (config?.role === undefined || !accesses.includes(config.role)) {
    throw new Error(
      `${method} ${url} declares no role; give config: { role: ${accesses.map((one) => `"${one}"`).join(" | ")} }`,
    );
  }
}

/** A cookie alone reads; to write it needs its CSRF value as well. */
function identify(request: FastifyRequest, { logins, sessions }: Authentication): Caller {
  const given = credentialsOf(request);
  if ("token" in given) return logins.authenticate(given.token, request.ip);
  const { caller, csrf } = sessions.find(given.session);
  if (request.method !== "GET" && request.method !== "HEAD") {
    demandCsrf(csrf, singleHeader(request, CSRF_HEADER));
  }
  return caller;
}

function demandCaller(request: FastifyRequest, { tokens, sessions }: Authentication): void {
  const given = credentialsOf(request);
  if ("token" in given) tokens.authenticate(given.token);
  else sessions.demand(given.session);
}

/** A bearer token counts before a cookie. */
function credentialsOf(request: FastifyRequest): { readonly token: string } | { readonly session: string } {
  const { authorization } = request.headers;
  const session = sessionIdOf(request);
  if (authorization === undefined && session !== undefined) return { session };
  const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? "")?.[1];
  if (token !== undefined) return { token };
  throw new FlowFusionError("FF_API_UNAUTHORIZED", "the request has no Authorization: Bearer header");
}

/** The `__Host-` prefix makes browsers refuse the cookie without TLS or from another host; loopback without TLS lacks it. */
export function cookieName(isSecure: boolean): string {
  return isSecure ? `__Host-${COOKIE_NAME}` : COOKIE_NAME;
}

export function sessionIdOf(request: FastifyRequest): string | undefined {
  const name = cookieName(request.protocol === "https");
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
