// Judgements that several resource types pass on their inputs.

import { type Diagnostic, isFlowName } from "@flowfusion/graph";
import { isWithin, propertyPath } from "./wire/path.ts";
import {
  isSecret,
  isUnknown,
  replaceUnknowns,
  type Step,
  unknownsOf,
  unwrap,
  type WireObject,
  type WireValue,
  walk,
} from "./wire/values.ts";

export function failure(steps: readonly Step[], message: string): Diagnostic {
  return { code: "FF_PROVIDER_INPUT", path: propertyPath(steps), message };
}

/** Inputs that the type, `a Flow`, does not have. */
export function checkNames(news: WireObject, known: readonly string[], type: string): Diagnostic[] {
  return Object.keys(news)
    .filter((name) => !known.includes(name) && !name.startsWith("__"))
    .map((name) => failure([name], `${type} has no such input; it has ${known.join(", ")}`));
}

/** The name under which the gateway keeps the thing; `isDefault` when it is the resource's own. */
export function checkName(given: WireValue | undefined, isDefault: boolean): Diagnostic[] {
  const name = unwrap(given);
  if (isUnknown(name) || (typeof name === "string" && isFlowName(name))) return [];
  const remedy = isDefault ? "; the resource's name is no such name, so give one" : "";
  return [failure(["name"], `is 1 to 63 of a-z, 0-9, _ and -, a letter first${remedy}`)];
}

/** Secrets in inputs that become readable; `why` says where. */
export function checkReadable(news: WireObject, keys: readonly string[], why: string): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const key of keys) {
    walk(news[key] ?? null, (value, steps) => {
      if (!isSecret(value)) return true;
      const message = `is a secret, and ${why}; if it may be read, wrap it in pulumi.unsecret()`;
      found.push({ code: "FF_PROVIDER_SECRET", path: propertyPath([key, ...steps]), message });
      return false;
    });
  }
  return found;
}

/** One value of each kind, to stand for what is not known. */
const standIns: readonly WireValue[] = ["text", 1, true, [], {}];

/**
 * What is wrong with a document whatever its unknown parts turn out to be: a rule may tie one property to another, so
 * a problem counts only when every stand-in brings it. `prefix` is where the paths of the problems begin.
 */
export function problemsInAnyCase(
  document: WireValue,
  prefix: readonly Step[],
  problemsOf: (document: WireValue) => readonly Diagnostic[],
): readonly Diagnostic[] {
  const pending = unknownsOf(document).map((steps) => propertyPath([...prefix, ...steps]));
  if (pending.length === 0) return problemsOf(document);
  const [first = [], ...others] = standIns.map((standIn) => problemsOf(replaceUnknowns(document, standIn)));
  return first.filter(
    ({ code, path }) =>
      !pending.some((outer) => isWithin(path, outer)) &&
      others.every((problems) => problems.some((other) => other.code === code && other.path === path)),
  );
}
