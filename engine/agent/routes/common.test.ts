import { once } from "node:events";
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { expect, test } from "vitest";
import { sendWasm } from "./common.ts";

test("a file is closed of whose bytes a client that left took none", async () => {
  const file = Readable.from([new Uint8Array(1)]);
  let sent: Readable | undefined;
  const reply = {
    request: { demandCaller() {} },
    type: () => reply,
    header: () => reply,
    send(stream: Readable) {
      sent = stream;
      return reply;
    },
  };
  sendWasm(reply as unknown as FastifyReply, { sizeBytes: 1, bytes: file });
  sent!.destroy();
  await once(sent!, "close");
  expect(file.destroyed).toBe(true);
});
