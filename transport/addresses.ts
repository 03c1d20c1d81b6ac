// IP addresses as numbers and ranges, in all the spellings that one address has.

import { BlockList, isIPv6 } from "node:net";

export function contains(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

export function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address, length] = subnet.split("/") as [string, string];
    list.addSubnet(address, Number(length), familyOf(address));
  }
  return list;
}

/** Of what is an address: to tell whether it is one, `isIPv6` compiles an expression for 10 ms. */
const familyOf = (address: string) => (address.includes(":") ? "ipv6" : "ipv4");

/** The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64 and 6to4. */
export function embeddedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) {
    return undefined;
  }
  const words = ipv6Words(address);
  const [high, low] = contains(embeddings.last, address)
    ? [words[6]!, words[7]!]
    : contains(embeddings.sixToFour, address)
      ? [words[1]!, words[2]!]
      : [0, 0];
  return high === 0 && low <= 1 ? undefined : [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/**
 * What is one client's for certain: an IPv4 address, or the first 64 bits of an IPv6 address, whose owner has all the rest.
 * A text that is no address stands for itself.
 */
export function networkOf(address: string): string {
  const plain = embeddedIPv4(address.replace(/%.*$/, "")) ?? address.replace(/%.*$/, "");
  return isIPv6(plain)
    ? ipv6Words(plain)
        .slice(0, 4)
        .map((word) => word.toString(16))
        .join(":")
    : plain;
}

const embeddings = {
  last: blockList(["::ffff:0:0/96", "::/96", "64:ff9b::/96"]),
  sixToFour: blockList(["2002::/16"]),
};

function ipv6Words(address: string): readonly number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((word) => word.toString(16)).join(":"),
  );
  const [head, tail] = hex
    .split("::")
    .map((side) => (side === "" ? [] : side.split(":").map((word) => Number.parseInt(word, 16))));
  const missing = 8 - head!.length - (tail?.length ?? 0);
  return tail === undefined ? head! : [...head!, ...Array<number>(missing).fill(0), ...tail];
}
