// Gateway: where flows run. The resource installs nothing: it waits until the gateway answers, holds it to what is declared,
// and tells other resources how to reach it.

import { setTimeout as sleep } from "node:timers/promises";
import { type GatewayClient, GatewayError, type GatewayInfo } from "@flowfusion/client";
import { clientOf, environmentAccess, noGateway, readAccess } from "../access.ts";
import { diffMaps, diffTrees } from "../changes.ts";
import type { KnownResource, Operation, Resource } from "../resource.ts";
import type { ResourceRecord } from "../wire/record.ts";
import { isObject, reveal, secret, unknownValue, type WireObject, type WireValue } from "../wire/values.ts";
import { accessNames, checkGateway, type GatewayDemands, gatewayLimitNames, readDemands } from "./inputs.ts";
import { demandEqual, differences } from "./verify.ts";

export const gatewayToken = "flowfusion:index:Gateway";

/** The outputs beside the inputs; a test holds schema.json and the SDK to this list. */
export const gatewayOutputNames = ["access", "identity", "version", "addresses", "limits"] as const;

const lookEveryMs = 1_000;
const tellEveryMs = 10_000;
const answerMsMax = 5_000;

export function gatewayResource(): Resource {
  return {
    token: gatewayToken,
    deleteBeforeReplace: false,
    check: async (news) => checkGateway(news),
    diff: async (olds, news) => diffGateway(olds, news),
    preview: previewGateway,
    create: connectGateway,
    update: (news, _state, operation) => connectGateway(news, operation),
    read: readGateway,
    importTarget(id, environment) {
      if (!/^https?:\/\//.test(id) || environment.FLOWFUSION_TOKEN === undefined) throw noGateway();
      return { id, inputs: environmentAccess(id, environment) };
    },
    // What runs there runs on; the gateway is not this program's to stop.
    delete: async () => {},
  };
}

function diffGateway(olds: WireObject, news: WireObject) {
  const plain = (wire: WireObject) => {
    const { limits: _, flowOptions: __, waitMs: ___, ...others } = reveal(wire) as WireObject;
    return Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null));
  };
  const tree = (wire: WireObject, name: string) => {
    const value = reveal(wire[name] ?? null);
    return isObject(value) && Object.keys(value).length > 0 ? value : undefined;
  };
  return [
    ...diffMaps([], plain(olds), plain(news)),
    ...["limits", "flowOptions"].flatMap((name) => diffTrees(name, tree(olds, name), tree(news, name))),
  ];
}

/** Looks once whether the gateway is there, so that a plan tells what an up would meet. */
async function previewGateway(news: WireObject, state: WireObject, operation: Operation): Promise<WireObject> {
  const access = readAccess(news);
  const demands = readDemands(news);
  if (access.endpoint === undefined || access.token === undefined) return outputs(news, nothingKnown);
  operation.report("asking the gateway");
  try {
    const info = await peek(clientOf(access), operation.signal);
    const found = differences(info, demands);
    for (const { path, message } of found) operation.warn(`An up would fail: ${path}: ${message}.`);
    return outputs(news, knownOf(info));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    operation.warn(
      error.code === "FF_GATEWAY_UNREACHABLE"
        ? `The gateway does not answer; an up waits ${demands.waitMs / 1000} s for it. ${error.message}`
        : `An up would fail: ${error.message} [${error.code}]`,
    );
    const isSamePlace = state.identity !== undefined && readAccess(state).endpoint === access.endpoint;
    return outputs(news, isSamePlace ? (state as unknown as Known) : nothingKnown);
  }
}

async function connectGateway(news: WireObject, operation: Operation): Promise<ResourceRecord> {
  const demands = readDemands(news);
  const client = clientOf(readAccess(news));
  const info = await untilReachable(client, demands, operation);
  demandEqual(client.endpoint, info, demands);
  if (!info.storage.isWritable) {
    operation.warn(`The gateway's data folder takes no writes: ${info.storage.reason ?? "no reason given"}.`);
  }
  operation.report(`version ${info.version}, ${info.flows} flows`);
  return { id: info.id, inputs: news, outputs: outputs(news, knownOf(info)), problems: [] };
}

async function untilReachable(
  client: GatewayClient,
  { waitMs }: GatewayDemands,
  { signal, report }: Operation,
): Promise<GatewayInfo> {
  const beganMs = performance.now();
  let toldMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      return await peek(client, signal);
    } catch (error) {
      const waitedMs = performance.now() - beganMs;
      const isAway = error instanceof GatewayError && error.code === "FF_GATEWAY_UNREACHABLE";
      if (!isAway || waitedMs >= waitMs) throw error;
      if (waitedMs - toldMs >= tellEveryMs) {
        const why = toldMs < 0 ? `: ${error.message}` : "";
        report(`waiting for the gateway, ${Math.round(waitedMs / 1000)} of ${waitMs / 1000} s${why}`);
        toldMs = waitedMs;
      }
      await sleep(Math.min(lookEveryMs, waitMs - waitedMs), undefined, { signal });
    }
  }
}

const peek = (client: GatewayClient, signal: AbortSignal): Promise<GatewayInfo> =>
  client.gateway({ signal, timeoutMs: answerMsMax });

/** A gateway that does not answer is an error: nothing is known of it then, least of all that it is gone. */
async function readGateway(id: string, { inputs: old, state }: KnownResource, operation: Operation) {
  const client = clientOf(readAccess(old));
  const info = await client.gateway(operation);
  const demands = readDemands(old);
  const seen: WireObject = {
    ...old,
    ...(old.limits !== undefined && { limits: pick(info.limits, Object.keys(demands.limits)) }),
    ...(demands.identity !== undefined && { identity: info.id }),
  };
  const inputs = diffGateway(old, seen).length === 0 ? old : seen;
  for (const { path, message } of differences(info, demands)) operation.warn(`${path}: ${message}.`);
  const known = state.identity ?? id;
  const isOther = Object.keys(state).length > 0 && known !== info.id;
  if (isOther) {
    operation.warn(
      `Another gateway answers at ${client.endpoint} than before: ${info.id} in place of ${String(known)}. ` +
        "Unless that is so on purpose, correct the endpoint; else the next up makes there what this program declares.",
    );
  }
  return { id: info.id, inputs, outputs: outputs(inputs, knownOf(info)), problems: [] };
}

interface Known {
  readonly identity: WireValue;
  readonly version: WireValue;
  readonly addresses: WireValue;
  readonly limits: WireValue;
}
const nothingKnown: Known = {
  identity: unknownValue,
  version: unknownValue,
  addresses: unknownValue,
  limits: unknownValue,
};

const knownOf = ({ id, version, addresses, limits }: GatewayInfo): Known => ({
  identity: id,
  version,
  addresses: [...addresses],
  limits: pick(limits, gatewayLimitNames),
});

function outputs(inputs: WireObject, known: Known): WireObject {
  const given = [...accessNames, "flowOptions"].filter((name) => inputs[name] !== undefined && inputs[name] !== null);
  const access = { ...Object.fromEntries(given.map((name) => [name, inputs[name]!])), identity: known.identity };
  const { identity, version, addresses, limits } = known;
  return { ...inputs, identity, version, addresses, limits, access: secret(reveal(access)) };
}

function pick(from: GatewayInfo["limits"], names: readonly string[]): WireObject {
  return Object.fromEntries(names.map((name) => [name, from[name as keyof GatewayInfo["limits"]]]));
}
