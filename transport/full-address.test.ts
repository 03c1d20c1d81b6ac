// What becomes of frames at an address that has as many connections as it may have.

import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { dialPush, greeting, listenPull, type PullOptions, type PullSocket, parseAddress } from "./index.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const settled = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });
const bytesOf = (text: string) => new TextEncoder().encode(text);
/** More than a busy machine takes between a connection and its greeting. */
const greetingMsMax = 300;
const longerThanThat = () => new Promise((resolve) => setTimeout(resolve, 1.1 * greetingMsMax));

/** With room for one; what it received, why it ended connections, and which of its peers are gone. */
async function pullForOne(options: Partial<PullOptions> = {}) {
  const seen = { frames: [] as string[], causes: [] as string[], gone: [] as number[] };
  const pull = await listenPull({
    ...{ address: "tcp://127.0.0.1:0", connectionsMax: 1, greetingMsMax },
    onFrame: (frame) => void seen.frames.push(Buffer.from(frame).toString()),
    onProtocolError: ({ cause }) => void seen.causes.push(cause),
    onDisconnect: ({ id }) => void seen.gone.push(id),
    ...options,
  });
  cleanups.push(() => pull.close());
  return { pull, ...seen };
}

function pushTo({ address }: PullSocket) {
  const push = dialPush({ address, reconnect: { firstMs: 5, mostMs: 20 } });
  cleanups.push(() => push.close({ flushMs: 0 }));
  return push;
}

/** Greets, and does not end its half of the connection when the other ends. */
function stayingPeer({ address }: PullSocket): void {
  const to = parseAddress(address);
  if (to.scheme !== "tcp") throw new Error(address);
  const socket = connect({ port: to.port, host: to.host, allowHalfOpen: true });
  cleanups.push(() => socket.destroy());
  socket.on("error", () => {}).resume();
  socket.write(greeting("push"));
}

test("a peer that makes room loses nothing of what it sends at that moment and after, and comes again", async () => {
  const late: string[] = [];
  const onProtocolError: PullOptions["onProtocolError"] = ({ cause }) => {
    if (cause !== "made_room" || late.length > 0) return;
    late.push("at that moment", "after");
    idle.send(bytesOf(late[0]!));
    setTimeout(() => idle.send(bytesOf(late[1]!)), 20);
  };
  const { pull, frames } = await pullForOne({ onProtocolError });
  const idle = pushTo(pull);
  await settled(() => expect(pull.stats().connections).toBe(1));
  await longerThanThat();
  const other = pushTo(pull);
  await settled(() => expect(late).not.toEqual([]));
  await settled(() => expect(frames).toEqual(late));
  expect(idle.stats()).toMatchObject({ frames: 2, framesInDoubt: 0 });
  expect(other.stats().framesInDoubt).toBe(0);
});

test("a peer for which there is no room keeps what it has to send", async () => {
  const { pull, frames, causes } = await pullForOne();
  const first = pushTo(pull);
  first.send(bytesOf("first"));
  await settled(() => expect(frames).toEqual(["first"]));
  const second = pushTo(pull);
  for (let number = 0; number < 10; number++) second.send(bytesOf(`${number}`));
  await settled(() => expect(causes.length).toBeGreaterThan(5));
  expect(second.stats()).toMatchObject({ connects: 0, queuedFrames: 10, framesInDoubt: 0 });
  await first.close();
  await settled(() => expect(frames.join(" ")).toBe("first 0 1 2 3 4 5 6 7 8 9"));
});

test("no peer makes room while what it has brought waits to be read", async () => {
  const { pull, frames, causes } = await pullForOne();
  const first = pushTo(pull);
  await settled(() => expect(pull.stats().connections).toBe(1));
  pull.pause();
  first.send(bytesOf("waits"));
  await settled(() => expect(first.stats().frames).toBe(1));
  await longerThanThat();
  stayingPeer(pull);
  await settled(() => expect(causes).toEqual(["too_many_connections"]));
  pull.resume();
  await settled(() => expect(frames).toEqual(["waits"]));
});

test("a peer that makes room and does not go is ended", async () => {
  const { pull, causes, gone } = await pullForOne();
  stayingPeer(pull);
  await settled(() => expect(pull.stats().connections).toBe(1));
  await longerThanThat();
  stayingPeer(pull);
  await settled(() => expect(causes).toEqual(["made_room"]));
  await settled(() => expect(gone).toEqual([1]));
});
