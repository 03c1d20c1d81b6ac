import { GatewayError } from "@flowfusion/client";
import { beforeEach, describe, expect, test } from "vitest";
import { create, type Keeper, type Kept, remove, update } from "./kept.ts";

interface Thing extends Kept {
  readonly value: string;
}

const lost = () => new GatewayError("FF_GATEWAY_UNREACHABLE", "the answer was lost", { endpoint: "http://gateway" });
const refusal = (code: "FF_API_PRECONDITION_FAILED" | "FF_API_NOT_FOUND" | "FF_CONNECTION_IN_USE") =>
  new GatewayError(code, "refused", { endpoint: "http://gateway" });
const never = new AbortController().signal;

/** A gateway that keeps one thing, and loses or refuses what a test says. */
class OneThing implements Keeper<Thing> {
  readonly what = 'thing "a" at http://gateway';
  readonly importLine = "pulumi import thing";
  live: Thing | undefined;
  declared = "new";
  readonly calls: string[] = [];
  /** What becomes of the write: after it was done, or in its place. */
  before: () => void = () => {};
  after: () => void = () => {};
  /** Answers to `find`, one after another; then what is there. */
  readonly finds: (() => Thing | undefined)[] = [];

  thing(value: string, generation: number): Thing {
    return { value, generation, changedAt: "2026-01-01T00:00:00Z", changedBy: "ann" };
  }

  async find(): Promise<Thing | undefined> {
    this.calls.push("find");
    const next = this.finds.shift();
    return next === undefined ? this.live : next();
  }

  async put(): Promise<Thing> {
    this.calls.push("put");
    this.before();
    this.live = this.thing(this.declared, (this.live?.generation ?? 0) + 1);
    this.after();
    return this.live;
  }

  async remove(): Promise<void> {
    this.calls.push("remove");
    this.before();
    this.live = undefined;
    this.after();
  }

  isAsDeclared({ value }: Thing): boolean {
    return value === this.declared;
  }
}

function raise(error: Error): () => never {
  return () => {
    throw error;
  };
}

let gateway: OneThing;
beforeEach(() => {
  gateway = new OneThing();
});

describe("making a thing", () => {
  test("writes it where there is none", async () => {
    expect(await create(gateway, never)).toMatchObject({ value: "new", generation: 1 });
  });

  test("touches none that is there, and says whose it is and how to take it over", async () => {
    gateway.live = gateway.thing("old", 3);
    await expect(create(gateway, never)).rejects.toMatchObject({
      code: "FF_PROVIDER_EXISTS",
      message: expect.stringMatching(/as ann made it at 2026-01-01.*`pulumi import thing`/),
    });
    expect(gateway.calls).toEqual(["find"]);
  });

  test("whose answer was lost has worked when the gateway has it as declared", async () => {
    gateway.after = raise(lost());
    expect(await create(gateway, never)).toMatchObject({ value: "new", generation: 1 });
    expect(gateway.calls).toEqual(["find", "put", "find"]);
  });

  test("that nobody heard of has failed, and is not repeated here", async () => {
    gateway.before = raise(lost());
    await expect(create(gateway, never)).rejects.toMatchObject({ code: "FF_GATEWAY_UNREACHABLE" });
    expect(gateway.calls).toEqual(["find", "put", "find"]);
  });

  test("whose answer was lost, with a gateway that cannot be asked, is said to be unknown", async () => {
    gateway.after = raise(lost());
    gateway.finds.push(() => undefined, raise(lost()));
    await expect(create(gateway, never)).rejects.toMatchObject({
      code: "FF_PROVIDER_OUTCOME_UNKNOWN",
      message: expect.stringContaining("Run `pulumi refresh` when the gateway is back"),
    });
  });

  test("meanwhile made by somebody else is told as their change", async () => {
    gateway.before = () => {
      gateway.live = gateway.thing("theirs", 1);
      throw refusal("FF_API_PRECONDITION_FAILED");
    };
    await expect(create(gateway, never)).rejects.toMatchObject({
      code: "FF_PROVIDER_CHANGED",
      message: expect.stringContaining("it was not there yet, it is at generation 1 now, changed by ann"),
    });
  });

  test("that was stopped in time writes nothing", async () => {
    await expect(create(gateway, AbortSignal.abort())).rejects.toThrow();
    expect(gateway.calls).not.toContain("put");
  });
});

describe("changing a thing", () => {
  beforeEach(() => {
    gateway.live = gateway.thing("old", 3);
  });

  test("writes over the generation that the state knows", async () => {
    expect(await update(gateway, 3, never)).toMatchObject({ value: "new", generation: 4 });
  });

  test.each([
    ["another generation", 4, "it is at generation 4 now"],
    ["none any more", undefined, "it is gone now"],
  ])("where there is %s changes nothing", async (_what, generation, text) => {
    gateway.live = generation === undefined ? undefined : gateway.thing("theirs", generation);
    await expect(update(gateway, 3, never)).rejects.toMatchObject({
      code: "FF_PROVIDER_CHANGED",
      message: expect.stringContaining(text),
    });
    expect(gateway.calls).toEqual(["find"]);
  });

  test("whose answer was lost is not taken for done because it was so before", async () => {
    gateway.live = gateway.thing("new", 3);
    gateway.before = raise(lost());
    await expect(update(gateway, 3, never)).rejects.toMatchObject({ code: "FF_GATEWAY_UNREACHABLE" });
  });

  test("whose answer was lost, with somebody else's after it, has failed", async () => {
    gateway.after = () => {
      gateway.live = gateway.thing("theirs", 5);
      throw lost();
    };
    await expect(update(gateway, 3, never)).rejects.toMatchObject({ code: "FF_GATEWAY_UNREACHABLE" });
    expect(gateway.live).toMatchObject({ value: "theirs" });
  });
});

describe("deleting a thing", () => {
  beforeEach(() => {
    gateway.live = gateway.thing("old", 3);
  });

  test("leaves none, and is content where there is none", async () => {
    await remove(gateway, 3, never);
    expect(gateway.live).toBeUndefined();
    await remove(gateway, 3, never);
    expect(gateway.calls).toEqual(["find", "remove", "find"]);
  });

  test("leaves one that somebody has changed since", async () => {
    gateway.live = gateway.thing("theirs", 4);
    await expect(remove(gateway, 3, never)).rejects.toMatchObject({ code: "FF_PROVIDER_CHANGED" });
    expect(gateway.live).toBeDefined();
  });

  test.each([
    ["its answer was lost", () => raise(lost())],
    ["it was gone when the gateway heard of it", () => raise(refusal("FF_API_NOT_FOUND"))],
  ])("is done when %s", async (_what, fate) => {
    gateway.after = fate();
    await remove(gateway, 3, never);
    expect(gateway.live).toBeUndefined();
  });

  test("that nobody heard of has failed", async () => {
    gateway.before = raise(lost());
    await expect(remove(gateway, 3, never)).rejects.toMatchObject({ code: "FF_GATEWAY_UNREACHABLE" });
  });

  test("that the gateway refuses says why", async () => {
    gateway.before = raise(refusal("FF_CONNECTION_IN_USE"));
    await expect(remove(gateway, 3, never)).rejects.toMatchObject({ code: "FF_CONNECTION_IN_USE" });
    expect(gateway.live).toBeDefined();
  });
});
