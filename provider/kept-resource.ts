// A resource type whose things a gateway keeps under a name, with settings that can be read back and secrets that cannot.
//
// That a secret was changed elsewhere is told by the generation: when it is another than the state's, a refresh puts a
// placeholder in the place of each secret, and the next up writes them all again.

import type { ExpectedGeneration, GatewayClient } from "@flowfusion/client";
import { type Diagnostic, parseFlowName } from "@flowfusion/graph";
import { checkAccess, clientOf, diffAccess, importTarget, knownText, normalAccess, readAccess } from "./access.ts";
import { diffMaps, diffTrees } from "./changes.ts";
import { checkName, checkNames } from "./checks.ts";
import { create, type Keeper, type Kept, remove, update } from "./kept.ts";
import type { KnownResource, Operation, Resource } from "./resource.ts";
import type { PropertyChange } from "./wire/diff.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { isObject, reveal, secret, unknownValue, unwrap, type WireObject, type WireValue } from "./wire/values.ts";

/** What a type has of its own. */
export interface KeptType<T extends Kept, Made extends T> {
  readonly token: string;
  /** `connection`; its route is `/v1/connections`. */
  readonly noun: string;
  /** With an article, for texts: `a Connection`. */
  readonly title: string;
  /** The inputs beside `gateway`, `name` and `secrets`, in the order in which a diff tells them. */
  readonly settingNames: readonly string[];
  /** What is wrong with settings and secrets. */
  check(news: WireObject): readonly Diagnostic[];
  /** Settings as they are compared, defaults filled in. Plain values in and out. */
  comparable(settings: WireObject): WireObject;
  /** The settings that a gateway shows. */
  settingsOf(live: T): WireObject;
  /** Names of the secrets that it has there. */
  secretsOf(live: T): readonly string[];
  find(client: GatewayClient, name: string, signal?: AbortSignal): Promise<T | undefined>;
  put(client: GatewayClient, name: string, inputs: WireObject, request: PutRequest): Promise<Made>;
  remove(client: GatewayClient, name: string, expected: number): Promise<void>;
  /** What keeps it from working. */
  problemsOf(live: T): readonly string[];
  /** Waits until it works, or says what is wrong: what is returned are problems that the next up takes up again. */
  settle(client: GatewayClient, name: string, live: T | Made, operation: Operation): Promise<readonly string[]>;
}

interface PutRequest {
  readonly expected: ExpectedGeneration;
  /** Names of secrets that the gateway has and the inputs do not. */
  readonly obsolete: readonly string[];
}

export function keptResource<T extends Kept, Made extends T>(type: KeptType<T, Made>): Resource {
  const diff = (olds: WireObject, news: WireObject) => diffKept(type, olds, news);
  return {
    token: type.token,
    deleteBeforeReplace: false,

    async check(news, name, olds) {
      const named = { ...news, name: news.name ?? unwrap(olds.name) ?? name };
      return {
        inputs: { ...named, ...normalAccess(news.gateway), ...normalSecrets(news.secrets) },
        failures: [
          ...checkNames(news, keptInputNames(type.settingNames), type.title),
          ...checkAccess(news.gateway),
          ...checkName(named.name, news.name === undefined),
          ...type.check(news),
        ],
      };
    },

    diff: async (olds, news) => diff(olds, news),

    async preview(news, state) {
      const isSame = state.generation !== undefined && writes(diff(state, news)).length === 0;
      return { ...news, generation: isSame ? state.generation! : unknownValue };
    },

    async create(news, operation) {
      const { client, keeper, name } = place(type, news);
      return made(type, news, await create(keeper, operation.signal), { client, name, operation });
    },

    async update(news, state, operation) {
      const { client, keeper, name } = place(type, news, Object.keys(plainSecrets(state)));
      const known = Number(state.generation);
      const isSame = writes(diff(state, news)).length === 0;
      const live = isSame ? await keeper.find(operation.signal) : undefined;
      const isFine = live?.generation === known && type.problemsOf(live).length === 0;
      if (isFine) return { id: name, inputs: news, outputs: { ...news, generation: known }, problems: [] };
      return made(type, news, await update(keeper, known, operation.signal), { client, name, operation });
    },

    async read(id, known, operation) {
      const name = parseFlowName(id);
      const client = clientOf(readAccess(known.inputs.gateway));
      const live = await type.find(client, name, operation.signal);
      return live && found(type, name, live, known, operation);
    },

    importTarget: (id, environment) => importTarget(id, `${type.noun}s`, environment),

    async delete(state, operation) {
      await remove(place(type, state).keeper, Number(state.generation), operation.signal);
    },
  };
}

/** All inputs of a type that has these settings. */
export const keptInputNames = (settingNames: readonly string[]): readonly string[] => [
  ...["gateway", "name", ...settingNames],
  "secrets",
];

function diffKept<T extends Kept, M extends T>(type: KeptType<T, M>, olds: WireObject, news: WireObject) {
  const [from, to] = [settings(type, olds), settings(type, news)];
  return [
    ...diffAccess(readAccess(olds.gateway), readAccess(news.gateway)),
    ...diffMaps([], { name: unwrap(olds.name) }, { name: unwrap(news.name) }, true),
    ...type.settingNames.flatMap((name) => diffTrees(name, from[name], to[name])),
    ...diffTrees("secrets", presentSecrets(olds), presentSecrets(news)),
  ];
}

/** The changes that have to be written; the others are about how the gateway is reached. */
const writes = (changes: readonly PropertyChange[]): readonly PropertyChange[] =>
  changes.filter(({ key }) => key !== "gateway");

function settings<T extends Kept, M extends T>(type: KeptType<T, M>, wire: WireObject): WireObject {
  const given = type.settingNames.flatMap((name) => {
    const value = reveal(wire[name] ?? null);
    return value === null ? [] : [[name, value] as const];
  });
  return type.comparable(Object.fromEntries(given));
}

export function plainSecrets(wire: WireObject): WireObject {
  const secrets = reveal(wire.secrets ?? null);
  if (!isObject(secrets)) return {};
  return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== null));
}

/** Undefined where there are none, so that a first one is told as such. */
function presentSecrets(wire: WireObject): WireObject | undefined {
  const secrets = plainSecrets(wire);
  return Object.keys(secrets).length === 0 ? undefined : secrets;
}

/** Each secret marked as such by itself, so that a preview can name the one that changes. */
function normalSecrets(given: WireValue | undefined): WireObject {
  const secrets = unwrap(given);
  if (!isObject(secrets)) return {};
  const hidden = Object.entries(secrets).map(([name, value]) => [name, value === null ? null : secret(reveal(value))]);
  return { secrets: Object.fromEntries(hidden) as WireObject };
}

interface Place<T extends Kept, Made extends T> {
  readonly client: GatewayClient;
  readonly name: string;
  readonly keeper: Keeper<T, Made>;
}

function place<T extends Kept, Made extends T>(
  type: KeptType<T, Made>,
  inputs: WireObject,
  secretsBefore: readonly string[] = [],
): Place<T, Made> {
  const client = clientOf(readAccess(inputs.gateway));
  const name = parseFlowName(knownText(unwrap(inputs.name)) ?? "");
  const present = Object.keys(plainSecrets(inputs));
  const obsolete = secretsBefore.filter((secretName) => !present.includes(secretName));
  const keeper: Keeper<T, Made> = {
    what: `${type.noun} "${name}" at ${client.endpoint}`,
    importLine: `pulumi import ${type.token} <resource> ${client.endpoint}/v1/${type.noun}s/${name}`,
    find: (signal) => type.find(client, name, signal),
    put: (expected) => type.put(client, name, inputs, { expected, obsolete }),
    remove: (expected) => type.remove(client, name, expected),
    isAsDeclared: (live) =>
      writes(diffKept(type, { ...inputs, ...type.settingsOf(live) }, inputs)).length === 0 &&
      type.secretsOf(live).length === present.length,
  };
  return { client, name, keeper };
}

async function made<T extends Kept, Made extends T>(
  type: KeptType<T, Made>,
  inputs: WireObject,
  live: T | Made,
  { client, name, operation }: Pick<Place<T, Made>, "client" | "name"> & { readonly operation: Operation },
): Promise<ResourceRecord> {
  const problems = await type.settle(client, name, live, operation);
  return { id: name, inputs, outputs: { ...inputs, generation: live.generation }, problems };
}

function found<T extends Kept, Made extends T>(
  type: KeptType<T, Made>,
  name: string,
  live: T,
  { inputs: old, state }: KnownResource,
  operation: Operation,
): ResourceRecord {
  const isOurs = state.generation === live.generation;
  const others = Object.fromEntries(Object.entries(old).filter(([key]) => !type.settingNames.includes(key)));
  const seen: WireObject = {
    ...others,
    name,
    ...type.settingsOf(live),
    ...(isOurs ? {} : placeholders(type.secretsOf(live), live)),
  };
  const changes = diffKept(type, old, seen);
  // Where nothing differs, the state's own spelling stays, so that a refresh of what is as it was changes nothing.
  const inputs = changes.length === 0 ? old : seen;
  if (!isOurs && state.generation !== undefined) {
    const paths = changes.map(({ path }) => path).join(", ");
    const what = paths === "" ? "and back, so that nothing differs" : paths;
    operation.warn(`Changed by ${live.changedBy} at ${live.changedAt}, generation ${live.generation}: ${what}.`);
  }
  return { id: name, inputs, outputs: { ...inputs, generation: live.generation }, problems: type.problemsOf(live) };
}

/** For secrets that nobody can read: another text than any that a program would give. */
function placeholders(names: readonly string[], { changedBy, changedAt }: Kept): WireObject {
  const text = `(not readable; set by ${changedBy} at ${changedAt})`;
  return { secrets: Object.fromEntries(names.map((name) => [name, secret(text)])) };
}
