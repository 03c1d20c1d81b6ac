// Property values as Pulumi sends them: JSON in a protobuf Struct, in which an object with a signature key stands for
// a secret, an asset or a reference, and a few fixed strings stand for values that are not known yet.
// Values stay in this form on their way through the provider, so that a secret goes out as it came in; `reveal` makes
// the plain values that a gateway gets.

import structPb from "google-protobuf/google/protobuf/struct_pb.js";

export type WireValue = null | boolean | number | string | readonly WireValue[] | WireObject;
export type WireObject = { readonly [key: string]: WireValue };
export type Struct = structPb.Struct;

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";

/** What an unknown value of no particular type is sent as. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const unknownValues: ReadonlySet<WireValue> = new Set([
  unknownValue,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** A file that the program hands over. Values from the state carry the hash alone. */
export interface Asset {
  /** SHA-256 of the contents, hexadecimal; empty when the sender did not compute it. */
  readonly hash: string;
  readonly path?: string;
  readonly uri?: string;
  readonly text?: string;
}

export function fromStruct(struct: Struct | undefined): WireObject {
  return (struct?.toJavaScript() ?? {}) as WireObject;
}

export function toStruct(object: WireObject): Struct {
  return structPb.Struct.fromJavaScript(object as { [key: string]: structPb.JavaScriptValue });
}

export function isObject(value: WireValue | undefined): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const isUnknown = (value: WireValue | undefined): boolean => value !== undefined && unknownValues.has(value);

export const isSecret = (value: WireValue | undefined): boolean =>
  isObject(value) && value[signatureKey] === secretSignature;

/** Marks a value as secret, once. */
export const secret = (value: WireValue): WireValue =>
  isSecret(value) ? value : { [signatureKey]: secretSignature, value };

/**
 * The value without the marks of outputs, which a component's inputs have: secrets and unknown values are as elsewhere. What
 * they depend on is told beside the inputs too.
 */
export function settleOutputs(value: WireValue): WireValue {
  if (Array.isArray(value)) return value.map(settleOutputs);
  if (!isObject(value)) return value;
  if (value[signatureKey] !== outputSignature)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settleOutputs(item)]));
  const settled = value.value === undefined ? unknownValue : settleOutputs(value.value);
  return value.secret === true ? secret(settled) : settled;
}

/** Takes the outermost secret mark off. */
export function unwrap(value: WireValue | undefined): WireValue | undefined {
  return isObject(value) && isSecret(value) ? unwrap(value.value) : value;
}

/** The value without any secret marks. Unknown values stay what they are. */
export function reveal(value: WireValue): WireValue {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  if (isSecret(value)) return reveal(value.value ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
}

export function asAsset(value: WireValue | undefined): Asset | undefined {
  if (!isObject(value) || value[signatureKey] !== assetSignature) return undefined;
  const text = (key: string) => (typeof value[key] === "string" && value[key] !== "" ? { [key]: value[key] } : {});
  return { hash: typeof value.hash === "string" ? value.hash : "", ...text("path"), ...text("uri"), ...text("text") };
}

/** An asset that is not at hand: its hash, and where it is. Without a place the SDKs take it for no asset. */
export const remoteAsset = (hash: string, uri: string): WireObject => ({ [signatureKey]: assetSignature, hash, uri });

/** A step into a value: a key or an index. */
export type Step = string | number;

/** Calls `visit` for each value, outermost first, with the way to it; a visit that gives false goes no deeper. */
export function walk(value: WireValue, visit: (value: WireValue, steps: readonly Step[]) => boolean): void {
  const descend = (item: WireValue, steps: readonly Step[]): void => {
    if (!visit(item, steps)) return;
    if (Array.isArray(item)) for (const [index, element] of item.entries()) descend(element, [...steps, index]);
    else if (isObject(item)) for (const [key, element] of Object.entries(item)) descend(element, [...steps, key]);
  };
  descend(value, []);
}

/** The ways to all unknown values inside. */
export function unknownsOf(value: WireValue): (readonly Step[])[] {
  const found: (readonly Step[])[] = [];
  walk(value, (item, steps) => {
    if (isUnknown(item)) found.push(steps);
    return true;
  });
  return found;
}

/** The value with something else in the place of each unknown. */
export function replaceUnknowns(value: WireValue, substitute: WireValue): WireValue {
  if (isUnknown(value)) return substitute;
  if (Array.isArray(value)) return value.map((item) => replaceUnknowns(item, substitute));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceUnknowns(item, substitute)]));
}
