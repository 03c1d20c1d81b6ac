import type { DriverStatus, FlowStats, FlowStatus } from "@flowfusion/client";
import { languages } from "@flowfusion/nodekit-toolchains";
import { freePort } from "@flowfusion/testkit";
import { listenPull } from "@flowfusion/transport";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  checkCertificate,
  checkDriver,
  checkFlows,
  checkIngest,
  checkLosses,
  checkRefused,
  checkSharedTags,
  checkStorage,
  checkVersion,
} from "./gateway.ts";
import { checkMachine, checkNode, checkPulumiVersion } from "./machine.ts";

const status = (name: string, condition: string, reason?: string) =>
  ({ name, condition, ...(reason && { reason }) }) as unknown as FlowStatus;
const stats = (change: object) =>
  ({
    name: "boiler",
    input: { queued: 0, queuedBytes: 0, dropped: {} },
    dropped: 0,
    droppedByBreaker: 0,
    deadLettersKept: 0,
    sinks: [],
    ...change,
  }) as unknown as FlowStats;
const sink = (change: object) => ({ node: "out", kind: "mqtt", queued: 0, sent: 1, dropped: {}, ...change });

describe("a check of the machine", () => {
  it.each([
    [checkNode("24.1.0"), "ok"],
    [checkNode("22.11.0"), "warning"],
    [checkPulumiVersion("v3.259.0"), "ok"],
    [checkPulumiVersion("v3.175.9"), "warning"],
    [checkPulumiVersion("v4.0.0"), "ok"],
    [checkPulumiVersion("unknown"), "warning"],
  ])("judges a version: %j", ({ verdict, remedy }, expected) => {
    expect([verdict, remedy === undefined]).toEqual([expected, expected === "ok"]);
  });

  it("never fails for what a gateway can do without", async () => {
    const findings = await checkMachine();
    expect(findings.map(({ what }) => what)).toEqual(["Node.js", "Pulumi CLI", "compilers"]);
    expect(findings.filter(({ verdict }) => verdict === "failure")).toEqual([]);
  });
});

describe("a check of the compilers", () => {
  afterEach(() => void vi.unstubAllEnvs());

  it("names each language that lacks one, with what to do, as a build of a node in it does", async () => {
    vi.stubEnv("PATH", "/nowhere");
    vi.stubEnv("FLOWFUSION_CACHE", "/nowhere");
    const { detail, remedy = "" } = (await checkMachine()).at(-1)!;
    const zig = languages.find(({ name }) => name === "zig")!;
    const said = await zig.demandToolchain().catch(({ message }: Error) => message);
    expect(said).toMatch(/^Zig [\d.]+ is not installed: install it from/);
    expect(detail).toContain("AssemblyScript");
    expect(remedy.split("\n")).toContain(`Zig: ${said}`);
    expect(remedy.split("\n")).toHaveLength(
      new Set(remedy.split("\n").map((line) => line.replace(/^[^:]+: /, ""))).size,
    );
  });
});

describe("a check of the gateway", () => {
  it("warns of another version, and names both", () => {
    expect(checkVersion("9.9.9")).toMatchObject({ verdict: "warning", detail: expect.stringContaining("9.9.9") });
  });

  it.each([
    ["2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "ok until 2027-01-01T00:00:00.000Z"],
    ["2026-01-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z", "warning ends at 2026-07-01T00:00:00.000Z, in 29 days"],
    ["2026-01-01T00:00:00.000Z", "2026-05-31T00:00:00.000Z", "failure ended at 2026-05-31T00:00:00.000Z"],
    ["2026-06-02T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "failure not valid before 2026-06-02T00:00:00.000Z"],
  ])("judges a certificate from %s to %s", (validFrom, validTo, expected) => {
    const nowMs = Date.parse("2026-06-01T12:00:00.000Z");
    const findings = checkCertificate({ certificate: { validFrom, validTo } }, nowMs);
    expect(findings.map(({ verdict, detail }) => `${verdict} ${detail}`)).toEqual([expected]);
    expect(checkCertificate({}, nowMs)).toEqual([]);
  });

  it("tries the drivers' address", async () => {
    const address = `tcp://127.0.0.1:${await freePort()}`;
    const socket = await listenPull({ address, onFrame: () => {} });
    expect(await checkIngest(address)).toMatchObject({ verdict: "ok", detail: address });
    await socket.close();
    expect(await checkIngest(address)).toMatchObject({ verdict: "warning", detail: expect.stringContaining(address) });
  });

  it("counts refused frames by cause", () => {
    expect(checkRefused({ malformed: 0 }).verdict).toBe("ok");
    expect(checkRefused({ malformed: 3, too_large: 1 }).detail).toBe("refused: 3 malformed, 1 too_large");
    expect(checkRefused({ malformed: 3 }).remedy).toContain("no TagUpdateBatch");
    expect(checkRefused({ stalled: 1, made_room: 2 }).remedy).toMatch(/^a driver hung.*the address was full/);
  });

  it("tells room on the disk, and why it cannot be written", () => {
    const storage = {
      isWritable: true,
      freeBytes: 5e9,
      checkpointFailures: 0,
      checkpointsRefused: 0,
      inMemoryAlone: [],
    };
    expect(checkStorage(storage)).toMatchObject({ verdict: "ok", detail: "5,000 MB free" });
    const unkept = { ...storage, inMemoryAlone: [{ what: "state", flows: 2, reason: "EIO" }] } as const;
    expect(checkStorage(unkept)).toMatchObject({
      ...{ verdict: "warning", detail: "in memory alone: state of 2 flows: EIO; 5,000 MB free" },
    });
    const full = { ...storage, isWritable: false, reason: "ENOSPC", freeBytes: 0 };
    expect(checkStorage(full)).toMatchObject({ verdict: "failure", detail: "cannot be written: ENOSPC; 0 MB free" });
  });

  it.each([
    [{ enabled: true, state: "running", device: "connected" }, []],
    [{ enabled: false, state: "stopped" }, []],
    [{ enabled: true, state: "finished" }, []],
    [
      { enabled: true, state: "running", device: "silent", lastError: "timeout" },
      ["warning its device is silent: timeout"],
    ],
    [
      {
        ...{ enabled: true, state: "running", device: "connected", badTags: { count: 1, first: ["line/temp"] } },
        lastError: "line/temp (ns=2;s=Tmp): BadNodeIdUnknown",
      },
      ["warning 1 tag is bad: line/temp; last error: line/temp (ns=2;s=Tmp): BadNodeIdUnknown"],
    ],
    [
      { enabled: true, state: "running", device: "connected", badTags: { count: 7, first: ["a", "b"] } },
      ["warning 7 tags are bad: a, b …"],
    ],
    [{ enabled: true, state: "running", device: "connected", lastError: "was away" }, []],
    [
      { enabled: true, state: "running", device: "connected", restarts: 3, startedAt: "2026-06-01T11:00:01.000Z" },
      ["warning crashed, 3 times by now; started again at 2026-06-01T11:00:01.000Z"],
    ],
    [{ enabled: true, state: "running", device: "connected", restarts: 3, startedAt: "2026-06-01T10:59:59.000Z" }, []],
    [{ enabled: true, state: "failed", reason: "exit code 2" }, ["failure failed: exit code 2"]],
    [
      { enabled: true, state: "running", device: "connected", unsent: 7, inDoubt: 2 },
      ["warning a gateway that ended did not take 7 of its updates, and perhaps 2 more"],
    ],
    [
      { enabled: true, state: "running", device: "connected", dropped: 12 },
      ["warning dropped 12 updates that the gateway did not take in time"],
    ],
  ])("judges a driver: %j", (driver, expected) => {
    const whole = { name: "plc", unsent: 0, inDoubt: 0, dropped: 0, restarts: 0, ...driver } as unknown as DriverStatus;
    const findings = checkDriver(whole, Date.parse("2026-06-01T12:00:00.000Z"));
    expect(findings.map(({ verdict, detail }) => `${verdict} ${detail}`)).toEqual(expected);
  });

  it("names drivers that deliver the same tags", () => {
    const declared = (name: string, kind: string, config: object, enabled = true) =>
      ({ name, kind, config, enabled }) as unknown as DriverStatus;
    const modbus = (...tags: string[]) => ({
      host: "10.0.0.1",
      groups: [{ pollIntervalMs: 500, tags: tags.map((tag, address) => ({ tag, address })) }],
    });
    const opcua = (tag: string) => ({ endpointUrl: "opc.tcp://s", tags: [{ tag, nodeId: "i=1" }] });
    const findings = checkSharedTags([
      declared("a", "modbus", modbus("line/1", "line/2", "line/3")),
      declared("b", "modbus", modbus("line/2", "line/3", "line/4")),
      declared("c", "opcua", opcua("line/4")),
      declared("off", "opcua", opcua("line/1"), false),
      declared("plant", "simulator", { tags: 2 }),
      declared("spare", "simulator", { tags: 1 }),
      declared("day", "replay", { path: "day.csv", csv: {} }),
      declared("again", "replay", { path: "day.csv", csv: {}, speed: 10 }),
      declared("night", "replay", { path: "night.csv", csv: {} }),
      declared("gone", "of a newer gateway", {}),
    ]);
    expect(findings.map(({ verdict, what, detail }) => `${verdict} ${what}: ${detail}`)).toEqual([
      "warning drivers a, b: deliver the same tags: line/2 and 1 more",
      "warning drivers b, c: deliver the same tag: line/4",
      "warning drivers plant, spare: deliver the same tag: boiler/1/temp",
      "warning drivers day, again: deliver the same tags: all of day.csv",
    ]);
  });

  it("names drivers that deliver the same tags of brokers", () => {
    const broker = (name: string, url: string, ...subscriptions: object[]) =>
      ({ name, kind: "mqtt", config: { url, subscriptions }, enabled: true }) as unknown as DriverStatus;
    const text = (topic: string, tag?: string) => ({ format: "text", topic, ...(tag && { tag }) });
    const json = (topic: string, value?: string) => ({ format: "json", topic, ...(value && { value }) });
    const [one, other] = ["mqtt://one:1883", "mqtt://other:1883"];
    const findings = checkSharedTags([
      broker("a", one, text("line/1"), json("line/2", "v"), text("hall/+/door", "hall/door"), json("plant/#")),
      broker("b", other, text("line/1"), text("2", "line/2"), text("door", "hall/door"), json("plant/#")),
      broker("c", one, json("plant/#"), text("plant/1"), { format: "sparkplug", topic: "spBv1.0/g/#" }),
      broker("d", one, json("plant/#", "v"), { format: "sparkplug", topic: "spBv1.0/g/#" }),
      broker("e", one, text("cell/+", "{1}/temp"), text("cell/+/x", "cell")),
      broker("f", one, text("cell/+", "{1}/temp")),
      broker("g", one, text("cell/+", "{1}/pressure"), text("plant/1"), text("cell/+/x", "hall")),
    ]);
    expect(findings.map(({ what, detail }) => `${what}: ${detail}`)).toEqual([
      "drivers a, b: deliver the same tags: line/1 and 2 more",
      "drivers a, c: deliver the same tags: all of plant/# at mqtt://one:1883, value by value",
      "drivers c, d: deliver the same tags: all of spBv1.0/g/# at mqtt://one:1883",
      "drivers e, f: deliver the same tags: all of cell/+ at mqtt://one:1883 as {1}/temp",
    ]);
  });

  it("names each flow that does not run, and why", () => {
    expect(checkFlows([status("a", "running")])).toMatchObject([{ verdict: "ok", detail: "1 run" }]);
    expect(checkFlows([status("a", "running"), status("b", "broken", "node hot: fuel")])).toMatchObject([
      { what: "flow b", verdict: "failure", detail: "broken: node hot: fuel" },
    ]);
  });

  it("names each loss, and a sink that does not deliver", () => {
    expect(checkLosses(stats({ sinks: [sink({})] }))).toEqual([]);
    const losses = checkLosses(
      stats({
        ...{
          input: { queued: 5_000, queuedBytes: 250_000, dropped: { input_full: 3 } },
          droppedByBreaker: 5,
          deadLettersKept: 2,
          deadLetterError: "ENOSPC",
        },
        sinks: [sink({ dropped: { queue_full: 7 }, queued: 2, lastError: "connection refused" })],
      }),
    );
    expect(losses.map(({ verdict, what, detail }) => `${verdict} ${what}: ${detail}`)).toEqual([
      "warning flow boiler: 5000 messages wait in front of it; its drivers wait, or lose updates",
      "failure sink boiler/out: connection refused",
      "warning flow boiler: dropped 3 at its input (input_full), 7 at out (queue_full)",
      "warning flow boiler: dropped 5 while its breaker was open",
      "warning flow boiler: 2 dead letters",
      "warning flow boiler: dead letters are in memory alone: ENOSPC",
    ]);
  });

  it("says of each cause of a loss what can be done about that one, once", () => {
    const remedies = (...dropped: readonly object[]) =>
      checkLosses(stats({ sinks: dropped.map((causes) => sink({ dropped: causes })) })).map(({ remedy }) => remedy);
    expect(remedies({ http_400: 1 }, { http_422: 2 })).toEqual([expect.stringMatching(/^[^;]*never take them[^;]*$/)]);
    expect(remedies({ invalid_topic: 1, evicted: 2 })).toEqual([expect.stringMatching(/template.*; .*diskBytesMax/)]);
    expect(remedies({ a_cause_to_come: 1 })).toEqual([expect.stringContaining("a_cause_to_come")]);
  });

  it("names what keeps a sink from what an earlier start left, where nothing else waits", () => {
    const findings = checkLosses(stats({ sinks: [sink({ lastError: "the disk failed: EIO" })] }));
    expect(findings.map(({ what, detail }) => `${what}: ${detail}`)).toEqual(["sink boiler/out: the disk failed: EIO"]);
  });
});
