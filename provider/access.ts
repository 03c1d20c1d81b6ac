// How a resource reaches its gateway: the input `gateway`, which all types have in common.

import { readFileSync } from "node:fs";
import { GatewayClient, type RetryPolicy, type TlsTrust } from "@flowfusion/client";
import { type Diagnostic, FlowFusionError, reasonOf } from "@flowfusion/graph";
import { diffMaps } from "./changes.ts";
import { failure } from "./checks.ts";
import type { PropertyChange } from "./wire/diff.ts";
import {
  isObject,
  isSecret,
  isUnknown,
  reveal,
  secret,
  unwrap,
  type WireObject,
  type WireValue,
} from "./wire/values.ts";

export interface GatewayAccess {
  /** Undefined while not known. */
  readonly endpoint: string | undefined;
  readonly token: string | undefined;
  /** What is said of certificates, as far as it is known. */
  readonly trust: TlsTrust;
  /** The id of the gateway, where it is known. */
  readonly identity: string | undefined;
}

export function readAccess(given: WireValue | undefined): GatewayAccess {
  const gateway = reveal(given ?? null);
  if (!isObject(gateway)) return { endpoint: undefined, token: undefined, trust: {}, identity: undefined };
  return {
    endpoint: knownText(gateway.endpoint),
    token: knownText(gateway.token),
    trust: readTrust(gateway),
    identity: knownText(gateway.identity),
  };
}

function readTrust(gateway: WireObject): TlsTrust {
  const [ca, fingerprint, cert, key] = [gateway.ca, gateway.fingerprint, gateway.clientCert, gateway.clientKey].map(
    (value) => knownText(value),
  );
  return {
    ...(ca !== undefined && { ca }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

export function knownText(value: WireValue | undefined): string | undefined {
  return typeof value === "string" && !isUnknown(value) ? value : undefined;
}

export function clientOf(
  { endpoint, token, trust, identity }: GatewayAccess,
  retry: Partial<RetryPolicy> = {},
): GatewayClient {
  if (endpoint === undefined || token === undefined) throw noGateway();
  const pinned = identity === undefined ? {} : { identity };
  return new GatewayClient({ endpoint, token, tls: trust, tool: "pulumi", retry, ...pinned });
}

export function checkAccess(given: WireValue | undefined): Diagnostic[] {
  if (isUnknown(unwrap(given))) return [];
  const gateway = unwrap(given);
  if (!isObject(gateway)) return [failure(["gateway"], "is { endpoint, token }: where the gateway is, and the way in")];
  return checkAccessFields(gateway, ["gateway"]);
}

/** The fields by themselves, which stand below `steps`. */
export function checkAccessFields(gateway: WireObject, steps: readonly string[]): Diagnostic[] {
  const endpoint = unwrap(gateway.endpoint);
  const token = unwrap(gateway.token);
  return [
    ...(isUnknown(endpoint) || isHttpUrl(endpoint)
      ? []
      : [failure([...steps, "endpoint"], "is the gateway's URL, for example http://127.0.0.1:7480")]),
    ...(typeof token === "string" && token !== ""
      ? []
      : [
          failure(
            [...steps, "token"],
            "is a token of the gateway, for example the one that it printed at its first start",
          ),
        ]),
    ...checkTrust(gateway, steps),
  ];
}

const trustFields = ["ca", "fingerprint", "clientCert", "clientKey"] as const;
type TrustField = (typeof trustFields)[number];

/** Fields that are of no use alone. */
const partners: { readonly [Field in TrustField]?: TrustField } = { clientCert: "clientKey", clientKey: "clientCert" };

function checkTrust(gateway: WireObject, steps: readonly string[]): Diagnostic[] {
  const given = trustFields.filter((name) => unwrap(gateway[name]) !== undefined && unwrap(gateway[name]) !== null);
  const endpoint = unwrap(gateway.endpoint);
  const isPlain = typeof endpoint === "string" && endpoint.startsWith("http:");
  return given.flatMap((name) => {
    const value = unwrap(gateway[name]);
    const path = [...steps, name];
    if (isUnknown(value)) return [];
    if (typeof value !== "string" || value === "") return [failure(path, "is text")];
    if (isPlain) return [failure(path, `is of no use, as the endpoint ${endpoint} is not https`)];
    if (name === "fingerprint" && !/^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i.test(value))
      return [failure(path, "is 64 hexadecimal digits, as the sha256 of a certificate has")];
    const other = partners[name];
    return other !== undefined && !given.includes(other) ? [failure(path, `needs ${other} as well`)] : [];
  });
}

function isHttpUrl(value: WireValue | undefined): boolean {
  return typeof value === "string" && ["http:", "https:"].includes(URL.parse(value)?.protocol ?? "");
}

/** Token and key are secrets whether or not they came as such; the rest only when the whole did. */
export function normalAccess(given: WireValue | undefined): WireObject {
  const gateway = unwrap(given);
  if (!isObject(gateway)) return {};
  return { gateway: hideCredentials({ endpoint: null, token: null, ...gateway }, isSecret(given)) };
}

export function hideCredentials(gateway: WireObject, isWhollySecret = false): WireObject {
  const fields = Object.entries(gateway).map(([name, value]) => {
    const isHidden = isWhollySecret || name === "token" || name === "clientKey";
    return [name, isHidden && value !== null ? secret(unwrap(value) ?? null) : value] as const;
  });
  return Object.fromEntries(fields) as WireObject;
}

/** Another endpoint is another gateway, unless it is known to be the same; another token or certificate is not. */
export function diffAccess(from: GatewayAccess, to: GatewayAccess): PropertyChange[] {
  const [before, after] = [from.identity, to.identity];
  const areKnown = before !== undefined && after !== undefined;
  return [
    ...diffMaps(["gateway"], { endpoint: from.endpoint }, { endpoint: to.endpoint }, !areKnown),
    ...(areKnown ? diffMaps(["gateway"], { identity: before }, { identity: after }, true) : []),
    ...diffMaps(["gateway"], { token: from.token, ...fieldsOf(from) }, { token: to.token, ...fieldsOf(to) }),
  ];
}

function fieldsOf({ trust: { ca, fingerprint, cert, key } }: GatewayAccess) {
  return { ca, fingerprint, clientCert: cert, clientKey: key };
}

/**
 * What an import knows: the thing's URL as the id (`http://127.0.0.1:7480/v1/flows/boiler`), or its name beside
 * FLOWFUSION_ENDPOINT; token and certificates in the variables that the command line has too.
 */
export function importTarget(
  id: string,
  collection: string,
  environment: NodeJS.ProcessEnv,
): { readonly id: string; readonly inputs: WireObject } {
  const [endpoint = environment.FLOWFUSION_ENDPOINT, name = id] = id.includes("://")
    ? (new RegExp(`^(https?://.+?)/v1/${collection}/([^/]+)$`).exec(id)?.slice(1) ?? [])
    : [];
  if (endpoint === undefined || environment.FLOWFUSION_TOKEN === undefined || name.includes("://")) {
    throw noGateway(collection);
  }
  return { id: name, inputs: { gateway: environmentAccess(endpoint, environment), name } };
}

/** What the environment says of a gateway, as an input. */
export function environmentAccess(endpoint: string, environment: NodeJS.ProcessEnv): WireObject {
  const fields = {
    ca: fileOf(environment.FLOWFUSION_CA),
    fingerprint: environment.FLOWFUSION_FINGERPRINT,
    clientCert: fileOf(environment.FLOWFUSION_CLIENT_CERT),
    clientKey: fileOf(environment.FLOWFUSION_CLIENT_KEY),
  };
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return hideCredentials({ endpoint, token: environment.FLOWFUSION_TOKEN ?? null, ...Object.fromEntries(given) });
}

function fileOf(path: string | undefined): string | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new FlowFusionError("FF_PROVIDER_GATEWAY", `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

export function noGateway(collection = "flows"): FlowFusionError {
  return new FlowFusionError(
    "FF_PROVIDER_GATEWAY",
    "The state does not say which gateway this is on. To import, give its URL as the id " +
      `(http://127.0.0.1:7480/v1/${collection}/boiler) and the token in FLOWFUSION_TOKEN.`,
  );
}
