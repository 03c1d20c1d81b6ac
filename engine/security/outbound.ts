// Where sinks and drivers may connect to. Whoever may deploy a flow chooses an endpoint, and the gateway stands where that
// person does not: so what it connects to is checked against a list that belongs to whoever runs the gateway. A name is
// checked again for each address that it resolves to, at the moment of connecting, since an answer of the DNS may change
// between a check and its use. Addresses that a plant has no devices on (loopback, link-local with the metadata services of
// clouds, multicast, unspecified) are refused unless a rule names the addresses themselves: a name cannot grant them.
//
//   any                  every host, but none of those addresses
//   loopback             127.0.0.0/8 and ::1
//   historian.example    that host; *.plant.example for every host below
//   10.1.0.0/16          addresses, also such as are refused otherwise
//   10.1.0.5:1883        with a port: that port alone; [fd00::5]:1883 for IPv6

import { lookup as systemLookup } from "node:dns/promises";
import { type BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { FlowFusionError } from "@flowfusion/graph";
import { blockList, contains, embeddedIPv4 } from "./addresses.ts";

interface Rule {
  readonly text: string;
  readonly port: number | undefined;
  /** For rules of addresses. */
  readonly addresses?: BlockList;
  /** For rules of names: the host, or with a leading dot all below it. */
  readonly name?: string;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

const restricted: readonly (readonly [what: string, subnets: readonly string[]])[] = [
  ["loopback", ["127.0.0.0/8", "::1/128"]],
  ["link-local, where clouds keep their metadata", ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"]],
  ["a cloud's metadata service", ["100.100.100.200/32", "168.63.129.16/32"]],
  ["unspecified", ["0.0.0.0/8", "::/128"]],
  ["multicast", ["224.0.0.0/4", "ff00::/8"]],
  ["broadcast or reserved", ["240.0.0.0/4"]],
];
const restrictions = restricted.map(([what, subnets]) => ({ what, addresses: blockList(subnets) }));

/** The rules as given, which may cross to another thread; `OutboundGuard` makes them hold. */
export type OutboundRules = readonly string[];
/** When none are given: brokers and databases often run beside a gateway, metadata services are for nobody. */
export const defaultOutboundRules: OutboundRules = ["any", "loopback"];

export class OutboundGuard {
  readonly #rules: readonly Rule[];
  readonly #resolve: Resolve;

  /** Throws FF_OUTBOUND_RULE for a rule that is not well-formed. */
  constructor(rules: OutboundRules, resolve: Resolve = resolveAll) {
    this.#rules = rules.map(parseRule);
    this.#resolve = resolve;
  }

  /**
   * What can be said without the DNS, for a deploy to be refused by: throws FF_OUTBOUND_REFUSED when no rule can allow the
   * host and port. A name that passes is still checked where it leads to, see `resolve` and `lookup`.
   */
  check(host: string, port: number): void {
    const literal = addressOf(host);
    if (literal !== undefined) {
      this.#demandAddress(host, literal, port);
      return;
    }
    const isPossible = this.#rules.some(
      (rule) => fitsPort(rule, port) && (rule.addresses !== undefined || fitsName(rule, normalName(host))),
    );
    if (!isPossible) {
      throw this.#refusal(host, port, "no rule names it");
    }
  }

  /** The addresses of a host, each allowed; throws FF_OUTBOUND_REFUSED when one is not. */
  async resolve(host: string, port: number): Promise<readonly ResolvedAddress[]> {
    this.check(host, port);
    const literal = addressOf(host);
    if (literal !== undefined) {
      return [{ address: literal, family: isIPv6(literal) ? 6 : 4 }];
    }
    const addresses = await this.#resolve(host);
    for (const { address } of addresses) {
      this.#demandAddress(host, address, port);
    }
    return addresses;
  }

  /** The `lookup` option of net.connect, tls.connect and http.request: the address that is checked is the one used. */
  lookup(port: number): LookupFunction {
    return (host, options, callback) => {
      const wanted =
        options.family === 4 || options.family === "IPv4"
          ? 4
          : options.family === 6 || options.family === "IPv6"
            ? 6
            : 0;
      this.resolve(host, port).then(
        (addresses) => {
          const fitting = addresses.filter(({ family }) => wanted === 0 || family === wanted);
          const first = fitting[0];
          if (first === undefined) {
            callback(Object.assign(new Error(`${host} has no fitting address`), { code: "ENOTFOUND" }), "");
          } else if (options.all === true) {
            callback(null, [...fitting]);
          } else {
            callback(null, first.address, first.family);
          }
        },
        (error: Error) => callback(error, ""),
      );
    };
  }

  #demandAddress(host: string, address: string, port: number): void {
    const plain = embeddedIPv4(address) ?? address;
    const rules = this.#rules.filter((rule) => fitsPort(rule, port));
    if (rules.some(({ addresses }) => addresses !== undefined && contains(addresses, plain))) {
      return;
    }
    const restriction = restrictions.find(({ addresses }) => contains(addresses, plain));
    const place = address === host ? host : `${host} (${address})`;
    if (restriction !== undefined) {
      throw this.#refusal(place, port, `the address is ${restriction.what}, which a rule must name itself`);
    }
    if (!rules.some((rule) => fitsName(rule, normalName(host)))) {
      throw this.#refusal(place, port, "no rule names it");
    }
  }

  #refusal(place: string, port: number, why: string): FlowFusionError {
    const allowed = this.#rules.map(({ text }) => text).join(", ") || "nothing";
    return new FlowFusionError("FF_OUTBOUND_REFUSED", `${place} port ${port}: ${why}; allowed here: ${allowed}`);
  }
}

/** Host and port of an endpoint's URL; throws FF_OUTBOUND_REFUSED when it has none. */
export function endpointOf(url: string, defaultPort?: number): { readonly host: string; readonly port: number } {
  const parsed = URL.parse(url);
  const port =
    parsed === null || parsed.port === "" ? (defaultPorts[parsed?.protocol ?? ""] ?? defaultPort) : Number(parsed.port);
  if (parsed === null || parsed.hostname === "" || port === undefined) {
    throw new FlowFusionError("FF_OUTBOUND_REFUSED", "the endpoint is not a URL with a host and a port");
  }
  return { host: parsed.hostname.replace(/^\[|\]$/g, ""), port };
}

const defaultPorts: { readonly [protocol: string]: number } = {
  "http:": 80,
  "https:": 443,
  "mqtt:": 1883,
  "mqtts:": 8883,
  "ws:": 80,
  "wss:": 443,
  "nats:": 4222,
  "opc.tcp:": 4840,
};

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

function badRule(text: string, why: string): FlowFusionError {
  return new FlowFusionError("FF_OUTBOUND_RULE", `outbound rule ${JSON.stringify(text)}: ${why}`);
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
function addressOf(host: string): string | undefined {
  const bare = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  return isIP(bare) === 0 ? undefined : bare;
}

async function resolveAll(host: string): Promise<readonly ResolvedAddress[]> {
  return systemLookup(host, { all: true });
}
