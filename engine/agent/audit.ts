// Writes the audit log: one entry for each call of a route that is no GET, and of those that hand out more than anybody may
// see unnoticed, once who calls is known, refused calls included. The entry is on disk before the answer is sent, so what a
// caller knows to have happened is in the log. What the write was about is described by the route itself, before and after:
// `config.audited`.

import { FlowFusionError } from "@flowfusion/graph";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { LoginAttack } from "../security/logins.ts";
import type { AuditTable } from "../store/audit-table.ts";
import type { App } from "./app.ts";
import { pathOf } from "./request.ts";

declare module "fastify" {
  interface FastifyRequest {
    /**
     * What the write is about, as it was before; what tells what became of it, where that is not over yet; and that the entry
     * was written.
     */
    audit: { readonly before: string | undefined; pending?: object; isWritten: boolean };
  }
  interface FastifyContextConfig {
    /** What the route writes, as it is now, without secrets. Called before and after the write. */
    readonly audited?: (request: FastifyRequest) => unknown;
    /** A route that only reads, and is entered all the same. */
    readonly isReadAudited?: true;
    /** A route that keeps nothing on disk and gives nobody more rights: it serves where the disk takes no entry, as the log then says. */
    readonly mayGoUnaudited?: true;
  }
}

/** To be called before the routes are registered. */
export function auditWrites(app: App, log: AuditTable): void {
  app.decorateRequest("audit");
  app.addHook("onRequest", async (request) => {
    request.audit = { before: undefined, isWritten: false };
  });
  app.addHook("preHandler", async (request) => {
    if (isEntered(request)) {
      request.audit = { before: describe(request), isWritten: false };
    }
  });
  app.addHook("onSend", async (request, reply) => {
    if (isEntered(request) && request.principal !== "" && !request.audit.isWritten) {
      request.audit.isWritten = true;
      append(log, request, reply);
    }
  });
}

/** Tokens that are none came in such numbers that an address is refused; nobody's write, and worth an entry all the same. */
export function auditAttack(app: App, log: AuditTable, { address, failures }: LoginAttack): void {
  app.log.warn({ address, failures }, "too many invalid tokens; addresses that send them are refused for a while");
  try {
    log.append({
      at: new Date().toISOString(),
      ...{ who: "", role: "", remote: address, action: "refuseLogins", target: "", status: 429, requestId: "" },
      before: undefined,
      after: JSON.stringify({ failures }),
    });
  } catch (error) {
    app.log.error({ err: error }, "refused logins could not be entered in the audit log");
  }
}

function append(log: AuditTable, request: FastifyRequest, reply: FastifyReply): void {
  try {
    const entry = log.append({
      at: new Date().toISOString(),
      who: request.principal,
      role: request.caller?.role ?? "",
      remote: request.ip,
      action: request.routeOptions.schema?.operationId ?? request.method,
      target: pathOf(request),
      status: reply.statusCode,
      requestId: request.id,
      before: request.audit.before,
      after: request.audit.pending ? JSON.stringify(request.audit.pending) : describe(request),
    });
    request.log.info({ seq: entry.seq, hash: entry.hash, action: entry.action, target: entry.target }, "audited");
  } catch (error) {
    // What was refused, or failed, took no effect, and its answer says why already.
    if (reply.statusCode >= 400 || request.routeOptions.config.mayGoUnaudited) {
      const { principal: who, ip: remote, routeOptions } = request;
      const action = routeOptions.schema?.operationId;
      request.log.error({ err: error, who, remote, action }, "a call could not be entered in the audit log");
      return;
    }
    throw new FlowFusionError(
      "FF_AUDIT_UNWRITTEN",
      `the call was carried out (status ${reply.statusCode}) but could not be entered in the audit log`,
      { cause: error },
    );
  }
}

/** A description that fails says so in the log; the write that it is about has been decided elsewhere. */
function describe(request: FastifyRequest): string | undefined {
  try {
    const state = request.routeOptions.config.audited?.(request);
    return state === undefined ? undefined : JSON.stringify(state);
  } catch (error) {
    request.log.warn({ err: error }, "the audit log could not describe what is written");
    return undefined;
  }
}

function isEntered({ method, routeOptions }: FastifyRequest): boolean {
  return (method !== "GET" && method !== "HEAD") || routeOptions.config.isReadAudited === true;
}
