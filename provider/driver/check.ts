// What a driver may be declared with: its kind's own rules, those that the gateway holds it to as well.

import { driverKinds } from "@flowfusion/driver-catalog";
import type { SchemaKeywords } from "@flowfusion/driver-kit";
import { type Diagnostic, knownInstead } from "@flowfusion/graph";
import { checkReadable, failure, problemsInAnyCase } from "../checks.ts";
import { isObject, isUnknown, reveal, type WireObject, type WireValue } from "../wire/values.ts";

export function checkDriver(news: WireObject): readonly Diagnostic[] {
  const { kind: name, config, secrets, enabled } = reveal(news) as WireObject;
  const isFlag = enabled === undefined || enabled === null || typeof enabled === "boolean" || isUnknown(enabled);
  const common = [
    ...(isFlag ? [] : [failure(["enabled"], "is true or false")]),
    ...checkReadable(
      news,
      ["kind", "config", "enabled"],
      "the gateway shows it to everybody who may look; `secrets` has a place for it",
    ),
  ];
  if (isUnknown(name)) return common;
  const kind = driverKinds.get(String(name));
  if (kind === undefined) {
    const known = [...driverKinds.keys()];
    const hint = knownInstead(typeof name === "string" ? name : "", known);
    return [...common, failure(["kind"], `there is no driver of kind ${JSON.stringify(name ?? null)}${hint}`)];
  }
  const problemsOf = (given: WireValue): readonly Diagnostic[] =>
    kind.checkConfig(given).problems.map(({ path, message }) => ({
      ...{ code: "FF_DRIVER_CONFIG" as const, message },
      path: path === "" || path.startsWith("[") ? `config${path}` : `config.${path}`,
    }));
  return [
    ...common,
    ...problemsInAnyCase(withoutNulls(config ?? {}), ["config"], problemsOf),
    ...checkSecrets(secrets, kind.kind, Object.keys(kind.secrets)),
  ];
}

function checkSecrets(secrets: WireValue | undefined, kind: string, known: readonly string[]): Diagnostic[] {
  if (secrets === undefined || secrets === null || isUnknown(secrets)) return [];
  if (!isObject(secrets)) return [failure(["secrets"], "is an object of texts by name")];
  return Object.entries(secrets).flatMap(([name, value]) => {
    if (!known.includes(name))
      return [failure(["secrets", name], `is not known; ${kind} has ${known.join(", ") || "none"}`)];
    const isText = value === null || (typeof value === "string" && value !== "");
    return isText || isUnknown(value) ? [] : [failure(["secrets", name], "is text")];
  });
}

/** Settings as they are compared: with each default that the kind's schema gives, so that a newer one is no change. */
export function withDriverDefaults({ kind, config, enabled }: WireObject): WireObject {
  const schema = driverKinds.get(String(kind))?.config;
  const given = withoutNulls(config ?? {});
  return { kind: kind ?? null, config: schema ? filled(schema, given) : given, enabled: enabled ?? true };
}

function filled({ properties = {}, items, oneOf }: SchemaKeywords, given: WireValue): WireValue {
  if (Array.isArray(given)) return given.map((item) => (items ? filled(items, item) : item));
  if (!isObject(given)) return given;
  const shape = oneOf?.find(({ properties: own = {} }) =>
    Object.entries(own).some(([name, property]) => property.const !== undefined && property.const === given[name]),
  );
  if (shape) return filled(shape, given);
  const names = [...new Set([...Object.keys(given), ...Object.keys(properties)])];
  const entries = names.flatMap((name): [string, WireValue][] => {
    const value = given[name] ?? (properties[name]?.default as WireValue | undefined);
    return value === undefined ? [] : [[name, properties[name] ? filled(properties[name], value) : value]];
  });
  return Object.fromEntries(entries);
}

/** Programs in other languages send null for what is left out. */
function withoutNulls(value: WireValue): WireValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([name, item]) => [name, withoutNulls(item)]));
}
