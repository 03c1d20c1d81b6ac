// Where sinks and drivers may connect to. Whoever may deploy a flow chooses an endpoint, and the gateway stands where that
// person does not: so what it connects to is checked against a list that belongs to whoever runs the gateway. A name is
// checked again for each address that it resolves to, at the moment of connecting, since an answer of the DNS may change
// between a check and its use; drivers do so in their own process (drivers/kit/outbound.ts).

import { lookup as systemLookup } from "node:dns/promises";
import { isIPv6, type LookupFunction } from "node:net";
import { FlowFusionError } from "@flowfusion/graph";
import { addressOf, OutboundPolicy, OutboundRuleError, type OutboundRules } from "@flowfusion/transport";

export type { OutboundRules };

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** When none are given: brokers and databases often run beside a gateway, metadata services are for nobody. */
export const defaultOutboundRules: OutboundRules = ["any", "loopback"];

export class OutboundGuard {
  readonly rules: OutboundRules;
  readonly #policy: OutboundPolicy;
  readonly #resolve: Resolve;

  /** Throws FF_OUTBOUND_RULE for a rule that is not well-formed. */
  constructor(rules: OutboundRules, resolve: Resolve = resolveAll) {
    this.rules = rules;
    this.#policy = policyOf(rules);
    this.#resolve = resolve;
  }

  /**
   * What can be said without the DNS, for a deploy to be refused by: throws FF_OUTBOUND_REFUSED when no rule can allow the
   * host and port. A name that passes is still checked where it leads to, see `resolve` and `lookup`.
   */
  check(host: string, port: number): void {
    refuse(this.#policy.refusalOf(host, port));
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
    refuse(this.#policy.refusalOfAddress(host, address, port));
  }
}

function policyOf(rules: OutboundRules): OutboundPolicy {
  try {
    return new OutboundPolicy(rules);
  } catch (error) {
    if (error instanceof OutboundRuleError) throw new FlowFusionError("FF_OUTBOUND_RULE", error.message);
    throw error;
  }
}

function refuse(refusal: string | undefined): void {
  if (refusal !== undefined) throw new FlowFusionError("FF_OUTBOUND_REFUSED", refusal);
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

async function resolveAll(host: string): Promise<readonly ResolvedAddress[]> {
  return systemLookup(host, { all: true });
}
