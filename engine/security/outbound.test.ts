import { once } from "node:events";
import { connect, createServer } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  defaultOutboundRules,
  endpointOf,
  OutboundGuard,
  type OutboundRules,
  type ResolvedAddress,
} from "./outbound.ts";

const refused = expect.objectContaining({ code: "FF_OUTBOUND_REFUSED" });

/** A guard whose DNS knows these names. */
function guardWith(rules: OutboundRules = ["any"], names: Record<string, readonly string[]> = {}): OutboundGuard {
  return new OutboundGuard(rules, async (host) =>
    (names[host] ?? []).map((address): ResolvedAddress => ({ address, family: address.includes(":") ? 6 : 4 })),
  );
}

describe("any alone", () => {
  test.each([
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "[::1]",
    "0.0.0.0",
    "::",
    "169.254.169.254",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
  ])("%s is refused", (host) => {
    expect(() => guardWith(undefined).check(host, 80)).toThrow(refused);
  });

  test.each(["10.1.2.3", "192.168.1.9", "8.8.8.8", "fd00::5", "2001:db8::1", "::ffff:10.1.2.3", "historian.example"])(
    "%s is allowed",
    (host) => {
      expect(() => guardWith(undefined).check(host, 80)).not.toThrow();
    },
  );

  test.each(["127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1"])(
    "a name that leads to %s is refused",
    async (address) => {
      const guard = guardWith(undefined, { "innocent.example": ["10.0.0.1", address] });
      await expect(guard.resolve("innocent.example", 80)).rejects.toThrow(refused);
    },
  );

  test("numbers that only the system's resolver takes for an address are refused by where they lead", async () => {
    const guard = new OutboundGuard(["any"]);
    for (const host of ["2130706433", "0x7f000001", "127.1", "localhost"]) {
      await expect(guard.resolve(host, 80), host).rejects.toThrow(refused);
    }
  });
});

describe("rules", () => {
  test.each([
    [["historian.example"], "historian.example", 443, true],
    [["historian.example"], "HISTORIAN.example.", 443, true],
    [["historian.example"], "other.example", 443, false],
    [["historian.example"], "evil-historian.example", 443, false],
    [["historian.example"], "10.0.0.1", 443, false],
    [["*.plant.example"], "a.b.plant.example", 443, true],
    [["*.plant.example"], "plant.example", 443, false],
    [["*.plant.example"], "evilplant.example", 443, false],
    [["10.1.0.0/16"], "10.1.200.1", 443, true],
    [["10.1.0.0/16"], "10.2.0.1", 443, false],
    [["10.1.0.5:1883"], "10.1.0.5", 1883, true],
    [["10.1.0.5:1883"], "10.1.0.5", 1884, false],
    [["[fd00::5]:1883"], "fd00::5", 1883, true],
    [["[fd00::5]:1883"], "[fd00::5]", 80, false],
    [["fd00::/8"], "fd12::1", 80, true],
    [["loopback"], "127.0.0.1", 80, true],
    [["loopback"], "::1", 80, true],
    [["loopback"], "::ffff:127.0.0.1", 80, true],
    [["loopback:1883"], "127.0.0.1", 80, false],
    [["loopback"], "10.0.0.1", 80, false],
    [["169.254.169.254"], "169.254.169.254", 80, true],
    [["169.254.169.254"], "169.254.169.253", 80, false],
    [["any", "loopback"], "8.8.8.8", 80, true],
    [["any:443"], "8.8.8.8", 80, false],
    [[], "8.8.8.8", 80, false],
  ] as const)("%j: %s port %i is allowed: %j", (rules, host, port, isAllowed) => {
    const checking = () => guardWith(rules).check(host, port);
    if (isAllowed) {
      expect(checking).not.toThrow();
    } else {
      expect(checking).toThrow(refused);
    }
  });

  test("a name is allowed by the addresses that it leads to, all of them", async () => {
    const names = { "plc.example": ["10.1.0.5", "10.1.0.6"], "split.example": ["10.1.0.5", "10.2.0.5"] };
    const guard = guardWith(["10.1.0.0/16"], names);
    expect(await guard.resolve("plc.example", 502)).toHaveLength(2);
    await expect(guard.resolve("split.example", 502)).rejects.toThrow("split.example (10.2.0.5) port 502");
  });

  test("a name does not grant an address that only a rule of addresses may grant", async () => {
    const guard = guardWith(["metadata.example"], { "metadata.example": ["169.254.169.254"] });
    await expect(guard.resolve("metadata.example", 80)).rejects.toThrow("which a rule must name itself");
  });

  test("a refusal names what is allowed", () => {
    expect(() => guardWith(["a.example", "c.example:502"]).check("b.example", 1)).toThrow(
      "b.example port 1: no rule names it; allowed here: a.example, c.example:502",
    );
    expect(() => guardWith([]).check("b.example", 1)).toThrow("allowed here: nothing");
  });

  test.each([
    "",
    "10.0.0.0/33",
    "10.0.0",
    "fd00::/129",
    "http://a",
    "a b",
    "*",
    "*.",
    "host:0",
    "host:70000",
    "a..b",
    "-a",
  ])("%j is refused as a rule", (rule) => {
    expect(() => new OutboundGuard([rule])).toThrow(expect.objectContaining({ code: "FF_OUTBOUND_RULE" }));
  });

  test("no spelling of a loopback address gets past them", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, fc.constantFrom("", "::ffff:", "::", "64:ff9b::"), (a, b, c, prefix) => {
        expect(() => guardWith(undefined).check(`${prefix}127.${a}.${b}.${c}`, 80)).toThrow(refused);
      }),
    );
  });
});

describe("a connection", () => {
  const server = createServer((socket) => socket.end("hello"));
  let port = 0;
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => server.close());

  const attempt = async (guard: OutboundGuard, host: string): Promise<string> => {
    const socket = connect({ host, port, lookup: guard.lookup(port) }).setEncoding("utf8");
    let text = "";
    for await (const chunk of socket) text += chunk;
    return text;
  };

  test("goes to the address that was checked, and to no other that the name gets meanwhile", async () => {
    const answers = [["10.0.0.1"], ["127.0.0.1"]];
    const guard = new OutboundGuard(["any"], async () => [{ address: answers.shift()![0]!, family: 4 }]);
    await guard.resolve("rebinding.example", port);
    await expect(attempt(guard, "rebinding.example")).rejects.toThrow(refused);
  });

  test("is made where a rule allows it", async () => {
    expect(await attempt(guardWith(["loopback"], { "broker.example": ["127.0.0.1"] }), "broker.example")).toBe("hello");
  });

  test("to a name without an address fails as one", async () => {
    await expect(attempt(guardWith(["any"]), "nowhere.example")).rejects.toMatchObject({ code: "ENOTFOUND" });
  });
});

describe("an endpoint", () => {
  test.each([
    ["http://a.example/x", { host: "a.example", port: 80 }],
    ["https://a.example:8443", { host: "a.example", port: 8443 }],
    ["mqtts://broker", { host: "broker", port: 8883 }],
    ["http://[::1]:9", { host: "::1", port: 9 }],
    ["http://0x7f.1/", { host: "127.0.0.1", port: 80 }],
    ["http://2130706433/", { host: "127.0.0.1", port: 80 }],
    ["http://user:hunter2@a.example/", { host: "a.example", port: 80 }],
    ["tcp://10.0.0.1:5599", { host: "10.0.0.1", port: 5599 }],
  ])("%s has its host and port read", (url, expected) => {
    expect(endpointOf(url)).toEqual(expected);
  });

  test.each(["", "a.example:80", "http://", "tcp://10.0.0.1", "unix:/run/x"])("%j is refused", (url) => {
    expect(() => endpointOf(url)).toThrow(refused);
  });
});

describe("where no rules are given", () => {
  test.each([
    ["127.0.0.1", true],
    ["10.1.2.3", true],
    ["historian.example", true],
    ["169.254.169.254", false],
    ["0.0.0.0", false],
  ])("%s is allowed: %j", (host, isAllowed) => {
    const guard = new OutboundGuard(defaultOutboundRules);
    if (isAllowed) expect(() => guard.check(host, 1883)).not.toThrow();
    else expect(() => guard.check(host, 1883)).toThrow(refused);
  });
});
