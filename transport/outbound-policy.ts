// Where may be connected to: a list of rules that belongs to whoever runs the gateway, and what it says of a host, an address
// and a port. Addresses that a plant has no devices on (loopback, link-local with the metadata services of clouds, multicast,
// unspecified) are refused unless a rule names the addresses themselves: a name cannot grant them.
//
//   any                  every host, but none of those addresses
//   loopback             127.0.0.0/8 and ::1
//   historian.example    that host; *.plant.example for every host below
//   10.1.0.0/16          addresses, also such as are refused otherwise
//   10.1.0.5:1883        with a port: that port alone; [fd00::5]:1883 for IPv6

import { type BlockList, isIP, isIPv6 } from "node:net";
import { blockList, contains, embeddedIPv4 } from "./addresses.ts";

interface Rule {
  readonly text: string;
  readonly port: number | undefined;
  /** For rules of addresses. */
  readonly addresses?: BlockList;
  /** For rules of names: the host, or with a leading dot all below it. */
  readonly name?: string;
}

const restricted: readonly (readonly [what: string, subnets: readonly string[]])[] = [
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["link-local, where clouds keep their metadata", ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"]],
  ["a cloud's metadata service", ["100.100.100.200/32", "168.63.129.16/32"]],
  ["unspecified", ["0.0.0.0/8", "::/128"]],
  ["multicast", ["224.0.0.0/4", "ff00::/8"]],
  ["broadcast or reserved", ["240.0.0.0/4"]],
];
const restrictions = restricted.map(([what, subnets]) => ({ what, addresses: blockList(subnets) }));

/** The rules as given, which may cross to another thread or process; `OutboundPolicy` reads them. */
export type OutboundRules = readonly string[];

/** A rule that is not well-formed. */
export class OutboundRuleError extends Error {}

export class OutboundPolicy {
  readonly #rules: readonly Rule[];

  /** Throws an OutboundRuleError. */
  constructor(rules: OutboundRules) {
    this.#rules = rules.map(parseRule);
  }

  /** Why no rule can allow the host and port, as far as can be said without the DNS; undefined when one can. */
  refusalOf(host: string, port: number): string | undefined {
    const literal = addressOf(host);
    if (literal !== undefined) return this.refusalOfAddress(host, literal, port);
    const isPossible = this.#rules.some(
      (rule) => fitsPort(rule, port) && (rule.addresses !== undefined || fitsName(rule, normalName(host))),
    );
    return isPossible ? undefined : this.#refusal(host, port, "no rule names it");
  }

  /** Why the host must not be connected to at that address; undefined when it may. */
  refusalOfAddress(host: string, address: string, port: number): string | undefined {
    const plain = embeddedIPv4(address) ?? address;
    const rules = this.#rules.filter((rule) => fitsPort(rule, port));
    if (rules.some(({ addresses }) => addresses !== undefined && contains(addresses, plain))) return undefined;
    const restriction = restrictions.find(({ addresses }) => contains(addresses, plain));
    const place = address === host ? host : `${host} (${address})`;
    if (restriction !== undefined) {
      return this.#refusal(place, port, `the address is ${restriction.what}, which a rule must name itself`);
    }
    if (rules.some((rule) => fitsName(rule, normalName(host)))) return undefined;
    return this.#refusal(place, port, "no rule names it");
  }

  #refusal(place: string, port: number, why: string): string {
    const allowed = this.#rules.map(({ text }) => text).join(", ") || "nothing";
    return `${place} port ${port}: ${why}; allowed here: ${allowed}`;
  }
}

function parseRule(text: string): Rule {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|(.*?))(?::(\d{1,5}))?$/.exec(
    isIPv6(text.split("/")[0]!) ? `[${text}]` : text,
  )!;
  const host = bracketed ?? plain!;
  const port = digits === undefined ? undefined : Number(digits);
  if (port === 0 || (port ?? 0) > 65_535) {
    throw badRule(text, "a port is 1 to 65535");
  }
  if (host === "any") {
    return { text, port, name: "." };
  }
  if (host === "loopback") {
    return { text, port, addresses: blockList(["127.0.0.0/8", "::1/128"]) };
  }
  if (isIP(host.split("/")[0]!) !== 0) {
    const bits = isIPv6(host.split("/")[0]!) ? 128 : 32;
    const length = host.split("/")[1];
    if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > bits)) {
      throw badRule(text, `a prefix length of 0 to ${bits} is needed after the slash`);
    }
    return { text, port, addresses: blockList([length === undefined ? `${host}/${bits}` : host]) };
  }
  if (
    !/^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i.test(host) ||
    /^[\d.]+$/.test(host)
  ) {
    throw badRule(text, "any, loopback, a host, *.domain, an address or address/prefix is needed, and :port if wanted");
  }
  const name = normalName(host);
  return { text, port, name: name.startsWith("*.") ? name.slice(1) : name };
}

function badRule(text: string, why: string): OutboundRuleError {
  return new OutboundRuleError(`outbound rule ${JSON.stringify(text)}: ${why}`);
}

function fitsPort({ port }: Rule, given: number): boolean {
  return port === undefined || port === given;
}

function fitsName({ name }: Rule, host: string): boolean {
  return name !== undefined && (name === "." || name === host || (name.startsWith(".") && host.endsWith(name)));
}

function normalName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/** The address that a host is spelled as, without brackets and zone; undefined for a name. */
export function addressOf(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  return isIP(bare) === 0 ? undefined : bare;
}
