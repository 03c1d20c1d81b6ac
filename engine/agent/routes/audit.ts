// /v1/audit: who changed what.

import type { AuditEntry as Entry } from "../../store/audit-chain.ts";
import { type AuditEntry, AuditPage, AuditVerdict } from "../access-schemas.ts";
import type { App, Services } from "../app.ts";
import { PageQuery } from "../schemas.ts";
import { parseCounter, problems } from "./common.ts";

const PAGE_ITEMS = 50;
const tags = ["audit"];

export function auditRoutes(app: App, { audit }: Services): void {
  app.get(
    "/v1/audit",
    {
      config: { role: "admin" },
      schema: {
        operationId: "listAudit",
        summary: "Lists every write and who made it, newest first",
        tags,
        querystring: PageQuery,
        response: { 200: AuditPage, ...problems() },
      },
    },
    async ({ query }) => {
      const limit = query.limit ?? PAGE_ITEMS;
      const entries = audit.page(parseCounter(query.after), limit + 1);
      const items = entries.slice(0, limit).map(describeEntry);
      return entries.length > limit ? { items, next: String(items.at(-1)!.seq) } : { items };
    },
  );

  app.get(
    "/v1/audit/verdict",
    {
      config: { role: "admin" },
      schema: {
        operationId: "checkAudit",
        summary: "Recomputes the chain of the audit log and tells where it breaks",
        tags,
        response: { 200: AuditVerdict, ...problems() },
      },
    },
    async () => {
      const brokenAt = await audit.findBreak();
      return brokenAt === undefined ? { isIntact: true } : { isIntact: false, brokenAt };
    },
  );
}

function describeEntry({ before, after, ...entry }: Entry): AuditEntry {
  return {
    ...entry,
    ...(before === undefined ? {} : { before: JSON.parse(before) }),
    ...(after === undefined ? {} : { after: JSON.parse(after) }),
  };
}
