import { networkOf } from "@flowfusion/transport";
import { describe, expect, test } from "vitest";
import type { TokenRow, TokenTable } from "../store/token-table.ts";
import { defaultLoginLimits, type LoginAttack, Logins, TooManyLogins } from "./logins.ts";
import { Tokens } from "./tokens.ts";

const { windowMs, failuresPerAddressMax, failuresMax } = defaultLoginLimits;
const attacker = "203.0.113.9";
const office = "192.0.2.1";

function setUp() {
  const rows: TokenRow[] = [];
  const table = { all: () => rows, insert: (row: TokenRow) => rows.push(row) > 0 } as unknown as TokenTable;
  const tokens = new Tokens(table);
  const good = tokens.create({ name: "ada", role: "operator" }, "test");
  const attacks: LoginAttack[] = [];
  const clock = { nowMs: 1_000_000 };
  const logins = new Logins(
    tokens,
    defaultLoginLimits,
    (attack) => attacks.push(attack),
    () => clock.nowMs,
  );
  return { logins, good, attacks, clock };
}

/** What comes of presenting it: a name, or the code of the refusal. */
function outcome(logins: Logins, token: string, address: string): string {
  try {
    return logins.authenticate(token, address).name;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function attack(logins: Logins, tries: number, address = attacker): string[] {
  return Array.from({ length: tries }, (_, index) => outcome(logins, `guess-${index}-0123456789`, address));
}

describe("an address that fails too often", () => {
  test("is told so, and how long to wait, until its window is over", () => {
    const { logins, clock } = setUp();
    const outcomes = attack(logins, failuresPerAddressMax + 5);
    expect(outcomes.slice(0, failuresPerAddressMax)).toEqual(Array(failuresPerAddressMax).fill("FF_API_UNAUTHORIZED"));
    expect(outcomes.slice(failuresPerAddressMax)).toEqual(Array(5).fill("FF_API_TOO_MANY_LOGINS"));
    clock.nowMs += windowMs - 1_500;
    expect(() => logins.authenticate("guess-0123456789", attacker)).toThrow(new TooManyLogins(1_500));
    clock.nowMs += 1_500;
    expect(attack(logins, 1)).toEqual(["FF_API_UNAUTHORIZED"]);
  });

  test("learns nothing from a right guess: it is refused as a wrong one is", () => {
    const { logins, good, clock } = setUp();
    attack(logins, failuresPerAddressMax);
    expect(outcome(logins, good, attacker)).toBe("FF_API_TOO_MANY_LOGINS");
    clock.nowMs += windowMs;
    expect(outcome(logins, good, attacker)).toBe("ada");
  });

  test("does not lock out a client behind the same address that was let in before", () => {
    const { logins, good } = setUp();
    expect(outcome(logins, good, attacker)).toBe("ada");
    attack(logins, 100);
    expect(outcome(logins, good, attacker)).toBe("ada");
  });

  test("is one network: it is no other address by another spelling, nor by another of its own IPv6 addresses", () => {
    const { logins } = setUp();
    attack(logins, failuresPerAddressMax, "2001:db8:1:2::1");
    expect(attack(logins, 1, "2001:db8:1:2:ffff::7")).toEqual(["FF_API_TOO_MANY_LOGINS"]);
    expect(attack(logins, 1, "2001:db8:1:3::1")).toEqual(["FF_API_UNAUTHORIZED"]);
    attack(logins, failuresPerAddressMax, `::ffff:${office}`);
    expect(attack(logins, 1, office)).toEqual(["FF_API_TOO_MANY_LOGINS"]);
  });
});

describe("under an attack from many addresses", () => {
  const bot = (index: number) => `198.18.${index >> 8}.${index & 255}`;

  test("each has one try, and a good token from an address that did not fail is let in", () => {
    const { logins, good } = setUp();
    for (let index = 0; index < failuresMax; index++) attack(logins, 1, bot(index));
    expect(attack(logins, 2, bot(failuresMax))).toEqual(["FF_API_UNAUTHORIZED", "FF_API_TOO_MANY_LOGINS"]);
    expect(outcome(logins, good, office)).toBe("ada");
  });

  test("memory is bounded, and good tokens are let in all the while", () => {
    const { logins, good } = setUp();
    for (let index = 0; index < 20_000; index++) {
      attack(logins, 1, bot(index));
      if (index % 1_000 === 0) expect(outcome(logins, good, office)).toBe("ada");
    }
    expect(logins.counts.failed).toBe(20_000);
    expect(outcome(logins, good, "192.0.2.77")).toBe("ada");
  });

  test("it is told once a window, however many are refused", () => {
    const { logins, attacks, clock } = setUp();
    attack(logins, 500);
    attack(logins, 500, office);
    expect(attacks).toEqual([{ address: attacker, failures: failuresPerAddressMax }]);
    clock.nowMs += windowMs;
    attack(logins, 500, office);
    expect(attacks).toHaveLength(2);
    expect(logins.counts).toEqual({ failed: 3 * failuresPerAddressMax, refused: 1_500 - 3 * failuresPerAddressMax });
  });
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["::1", "0:0:0:0"],
])("the network of %s is %s", (address, network) => expect(networkOf(address)).toBe(network));
