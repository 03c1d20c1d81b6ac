// /v1/backup: all that the gateway remembers, in one file.

import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import * as Type from "typebox";
import type { App, Services } from "../app.ts";
import { problems } from "./common.ts";

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
    async (request, reply) => {
      const archive = await backup(reply.raw);
      return reply.type("application/octet-stream").send(Readable.from(whileAllowed(archive, request)));
    },
  );
}

/** A slow client may take hours; one whose token is revoked meanwhile gets no more of it. */
async function* whileAllowed(
  archive: AsyncIterable<Uint8Array>,
  { demandCaller }: Pick<FastifyRequest, "demandCaller">,
): AsyncGenerator<Uint8Array> {
  for await (const piece of archive) {
    demandCaller();
    yield piece;
  }
}
