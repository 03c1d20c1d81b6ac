// When it is said that a batch was handled: its messages were run, and one that a flow died of is on disk.

import { execFileSync } from "node:child_process";
import { open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { TagBatchEncoder } from "@flowfusion/proto";
import { eventually } from "@flowfusion/testkit";
import { afterAll, expect, test } from "vitest";
import { chain, programOf, Receiver, TestPlane } from "./testkit/test-plane.ts";
import { hostileNode, poison } from "./testkit/wat-nodes.ts";

const receiver = await Receiver.start();
afterAll(() => receiver[Symbol.asyncDispose]());
const session = "00000000000000a1";

test("a batch with a message that a flow died of is handled once the dead letter is written, however slow the disk is", async () => {
  await using peer = await TestPlane.start();
  await peer.deploy("flow", await programOf(chain(receiver.address, { n: { type: "hostile" } }), hostileNode));
  const encoder = new TagBatchEncoder("it");
  encoder.beginSession(BigInt(`0x${session}`));
  expect(await peer.plane.receipt(session)).toBe(0);
  const die = async () => {
    encoder.add(new TextEncoder().encode("a"), 1n, 0, poison);
    await peer.pushBytes(encoder.finish());
    encoder.begin();
  };
  await die();
  await eventually(async () => expect(await peer.plane.receipt(session)).toBe(1));
  const journal = path.join(peer.dataDir, "dead-letters", "flow.journal");
  expect((await readFile(journal)).length).toBeGreaterThan(0);

  // A disk that takes its time: a pipe that nobody reads.
  const pipe = path.join(peer.dataDir, "pipe");
  execFileSync("mkfifo", [pipe]);
  await rename(pipe, journal);
  await die();
  await eventually(async () => expect((await peer.stats("flow")).deadLetters).toBe(2));
  expect(await peer.plane.receipt(session)).toBe(0);
  const reader = await open(journal, "r");
  await eventually(async () => expect(await peer.plane.receipt(session)).toBe(2));
  await reader.close();
});
