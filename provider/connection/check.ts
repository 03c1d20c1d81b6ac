// What a connection may hold, as far as it can be said without the gateway; the gateway reads the certificates too, and
// says where it may not connect to.

import type { Diagnostic } from "@flowfusion/graph";
import { checkReadable, failure } from "../checks.ts";
import { isObject, isUnknown, reveal, type WireObject, type WireValue } from "../wire/values.ts";

/** By kind: the protocols of its URL, those of them with TLS last, and the secrets that it knows. */
const kinds: {
  readonly [kind: string]: { readonly protocols: readonly [string, string]; readonly secrets: string[] };
} = {
  mqtt: { protocols: ["mqtt:", "mqtts:"], secrets: ["password", "key"] },
  http: { protocols: ["http:", "https:"], secrets: ["password", "token", "key", "headers"] },
  nats: { protocols: ["nats:", "tls:"], secrets: ["password", "token", "key"] },
};
const tlsFields = ["ca", "cert", "serverName"];

export function checkConnection(news: WireObject): readonly Diagnostic[] {
  const { kind, url, username, tls, secrets } = reveal(news) as WireObject;
  const secretNames = isObject(secrets) ? Object.keys(secrets).filter((name) => secrets[name] !== null) : [];
  return [
    ...(isUnknown(kind) || (typeof kind === "string" && Object.hasOwn(kinds, kind))
      ? []
      : [failure(["kind"], `is one of ${Object.keys(kinds).join(", ")}`)]),
    ...checkUrl(kind, url),
    ...checkText(["username"], username),
    ...checkTls(url, tls, secretNames),
    ...checkSecrets(kind, secrets),
    ...checkLogin(username, secretNames),
    ...checkReadable(
      news,
      ["kind", "url", "username", "tls"],
      "the gateway shows it to everybody who may look; `secrets` has a place for it",
    ),
  ];
}

function checkUrl(kind: WireValue | undefined, url: WireValue | undefined): Diagnostic[] {
  if (isUnknown(url)) return [];
  const protocols = kinds[String(kind)]?.protocols;
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  const isFitting = parsed !== null && parsed.hostname !== "" && (protocols?.includes(parsed.protocol) ?? true);
  if (!isFitting) {
    const forms = protocols?.map((protocol) => `${protocol}//HOST:PORT`).join(" or ") ?? "a URL";
    return [failure(["url"], `is ${forms}`)];
  }
  return parsed.username === "" && parsed.password === ""
    ? []
    : [failure(["url"], "holds a user or password; give username, and the password among the secrets")];
}

function checkText(steps: readonly string[], value: WireValue | undefined): Diagnostic[] {
  const isText = value === undefined || value === null || (typeof value === "string" && value !== "");
  return isText || isUnknown(value) ? [] : [failure(steps, "is text")];
}

function checkTls(
  url: WireValue | undefined,
  tls: WireValue | undefined,
  secretNames: readonly string[],
): Diagnostic[] {
  if (isUnknown(tls)) return [];
  const hasKey = secretNames.includes("key");
  if ((tls === undefined || tls === null) && !hasKey) return [];
  if (tls !== undefined && tls !== null && !isObject(tls))
    return [failure(["tls"], `is an object of ${tlsFields.join(", ")}`)];
  const given = isObject(tls) ? tls : {};
  const isPlain = typeof url === "string" && !isUnknown(url) && !/^(mqtts|https|tls):/.test(url);
  const hasCert = given.cert !== undefined && given.cert !== null;
  return [
    ...Object.entries(given).flatMap(([name, value]) =>
      tlsFields.includes(name)
        ? checkText(["tls", name], value)
        : [failure(["tls", name], `is not known; tls has ${tlsFields.join(", ")}`)],
    ),
    ...(isPlain ? [failure([isObject(tls) ? "tls" : "secrets"], "has no place beside a URL without TLS")] : []),
    ...(hasCert && !hasKey ? [failure(["secrets", "key"], "is missing beside tls.cert")] : []),
    ...(hasKey && !hasCert ? [failure(["tls", "cert"], "is missing beside secrets.key")] : []),
  ];
}

function checkSecrets(kind: WireValue | undefined, secrets: WireValue | undefined): Diagnostic[] {
  if (secrets === undefined || secrets === null || isUnknown(secrets)) return [];
  if (!isObject(secrets)) return [failure(["secrets"], "is an object such as { password }")];
  const known = kinds[String(kind)]?.secrets ?? kinds.http!.secrets;
  return Object.entries(secrets).flatMap(([name, value]) => {
    if (!known.includes(name))
      return [failure(["secrets", name], `is not known; ${String(kind)} has ${known.join(", ")}`)];
    if (name !== "headers") return checkText(["secrets", name], value);
    if (isUnknown(value)) return [];
    if (!isObject(value)) return [failure(["secrets", name], "is an object of texts by header name")];
    return Object.entries(value).flatMap(([header, text]) => checkText(["secrets", name, header], text));
  });
}

function checkLogin(username: WireValue | undefined, secretNames: readonly string[]): Diagnostic[] {
  const hasName = username !== undefined && username !== null;
  return [
    ...(secretNames.includes("password") && !hasName ? [failure(["username"], "is missing beside a password")] : []),
    ...(secretNames.includes("token") && hasName
      ? [failure(["secrets", "token"], "has no place beside a username")]
      : []),
  ];
}
