// Writes the audit log: one entry for each call of a route that is no GET, and of those that hand out more than anybody may
// see unnoticed, once who calls is known, refused calls included. The entry is on disk before the answer is sent, so what a
// caller knows to have happened is in the log. What the write was about is described by the route itself, before and after:
// `config.audited`. What changed nothing has a budget, see audit-budget.ts.

import { FlowFusionError } from "@flowfusion/graph";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { LoginAttack } from "../security/logins.ts";
import type { AuditEntry } from "../store/audit-chain.ts";
import type { AuditTable } from "../store/audit-table.ts";
import type { App } from "./app.ts";
import { AuditBudget, type BudgetedCall, type SummedCalls } from "./audit-budget.ts";
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
    /**
     * A route that keeps nothing on disk and gives nobody more rights: it serves where the disk takes no entry, as the log then
     * says, and has a budget of entries.
     */
    readonly mayGoUnaudited?: true;
  }
}

/** A path that names something is shorter; the longest that a header takes is 16 KiB. */
const TARGET_CHARS_MAX = 300;
/**
 * Refused before anything was done, which a caller brings about at will. Not 409 and 422: a deploy that was put in place and taken
 * back is among them, and both need a right.
 */
const refusedAtOnce: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 412, 413, 415, 428, 429]);

/** To be called before the routes are registered. */
export function auditWrites(app: App, log: AuditTable): void {
  const budget = new AuditBudget((sum) => appendSum(app, log, sum));
  app.addHook("onClose", async () => budget.settle());
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
      const call = callOf(request, reply);
      if (!isBudgeted(request, reply) || budget.spend(call)) append(log, call, request, reply);
    }
  });
}

/** Tokens that are none came in such numbers that an address is refused; nobody's write, and worth an entry all the same. */
export function auditAttack(app: App, log: AuditTable, { address, failures }: LoginAttack): void {
  app.log.warn({ address, failures }, "too many invalid tokens; addresses that send them are refused for a while");
  try {
    const entry = log.append({
      at: new Date().toISOString(),
      ...{ who: "", role: "", remote: address, action: "refuseLogins", target: "", status: 429, requestId: "" },
      before: undefined,
      after: JSON.stringify({ failures }),
    });
    logEntry(app.log, entry);
  } catch (error) {
    app.log.error({ err: error }, "refused logins could not be entered in the audit log");
  }
}

/** What calls beyond the budget came to. The gateway's log has each of them, as it has every call. */
function appendSum(app: App, log: AuditTable, { last, counts }: SummedCalls): void {
  const { who, role, remote, status } = last;
  app.log.warn({ who, remote, counts }, "calls that changed nothing are summed up in the audit log");
  try {
    const entry = log.append({
      at: new Date().toISOString(),
      ...{ who, role, remote, action: "sumUpCalls", target: "", status, requestId: "" },
      before: undefined,
      after: JSON.stringify(counts),
    });
    logEntry(app.log, entry);
  } catch (error) {
    app.log.error({ err: error }, "calls that were summed up could not be entered in the audit log");
  }
}

function callOf(request: FastifyRequest, reply: FastifyReply): BudgetedCall {
  return {
    who: request.principal,
    role: request.caller?.role ?? "",
    remote: request.ip,
    action: request.routeOptions.schema?.operationId ?? request.method,
    status: reply.statusCode,
  };
}

function isBudgeted({ routeOptions }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  return refusedAtOnce.has(statusCode) || routeOptions.config.mayGoUnaudited === true;
}

function targetOf(request: FastifyRequest): string {
  const path = pathOf(request);
  return path.length > TARGET_CHARS_MAX ? `${path.slice(0, TARGET_CHARS_MAX)}…` : path;
}

function append(log: AuditTable, call: BudgetedCall, request: FastifyRequest, reply: FastifyReply): void {
  try {
    const entry = log.append({
      at: new Date().toISOString(),
      ...call,
      target: targetOf(request),
      requestId: request.id,
      before: request.audit.before,
      after: request.audit.pending ? JSON.stringify(request.audit.pending) : describe(request),
    });
    logEntry(request.log, entry);
  } catch (error) {
    // What was refused, or failed, took no effect, and its answer says why already.
    if (reply.statusCode >= 400 || request.routeOptions.config.mayGoUnaudited) {
      const { who, remote, action } = call;
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

function logEntry(log: App["log"], { seq, hash, action, target }: AuditEntry): void {
  log.info({ seq, hash, action, target }, "audited");
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
