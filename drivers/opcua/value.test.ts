import { DataValue } from "node-opcua-client";
import { expect, test } from "vitest";
import { stampOf } from "./value.ts";

const nowNs = 9n;
const at = (iso: string): Date => new Date(iso);

test.each<[string, ConstructorParameters<typeof DataValue>[0], bigint]>([
  [
    "of the source",
    { sourceTimestamp: at("1970-01-01T00:00:01Z"), serverTimestamp: at("2026-01-01T00:00:00Z") },
    10n ** 9n,
  ],
  ["of the server, where the source has none", { serverTimestamp: at("1970-01-01T00:00:01Z") }, 10n ** 9n],
  ["that is exact below ms", { sourceTimestamp: at("1970-01-01T00:00:01Z"), sourcePicoseconds: 5_000 }, 10n ** 9n + 5n],
  ["of nobody", {}, nowNs],
  ["before 1970", { sourceTimestamp: at("1601-01-01T00:00:00Z") }, nowNs],
  ["beyond 2554, which 64 bits of ns do not hold", { sourceTimestamp: at("2600-01-01T00:00:00Z") }, nowNs],
  ["at the end of OPC UA's own", { sourceTimestamp: at("+030828-09-14T02:48:05Z") }, nowNs],
  ["that is none", { sourceTimestamp: new Date(Number.NaN) }, nowNs],
])("the time of a value is that %s", (_, value, expected) => {
  const { sourceTimestamp, ...rest } = value ?? {};
  const given = new DataValue(rest);
  if (sourceTimestamp) given.sourceTimestamp = sourceTimestamp;
  expect(stampOf(given, nowNs)).toBe(expected);
});
