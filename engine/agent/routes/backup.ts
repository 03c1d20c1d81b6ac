// /v1/backup: all that the gateway remembers, in one file.

import type { Readable } from "node:stream";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { piecesFor, problems } from "./common.ts";

export function backupRoutes(app: App, { backup }: Services): void {
  app.get(
    "/v1/backup",
    {
      // It holds all that the gateway has, and the key that secrets are sealed with.
      config: { role: "admin", isReadAudited: true },
      schema: {
        operationId: "getBackup",
        summary:
          "Takes a backup while flows run: database, artefacts, the newest checkpoints and the key of the secrets",
        tags: ["gateway"],
        response: {
          200: {
            description: "For `flowfusion gateway restore`. Whole only if its checksum at the end matches.",
            content: {
              "application/octet-stream": { schema: Type.Unsafe<Readable>({ type: "string", format: "binary" }) },
            },
          },
          ...problems(503, 507),
        },
      },
    },
    async (_request, reply) => {
      const archive = await backup(reply.raw);
      return reply.type("application/octet-stream").send(piecesFor(reply, archive));
    },
  );
}
