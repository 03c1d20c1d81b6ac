import { describe, expect, it } from "vitest";
import { moduleOf, reading, refusalOf, TestNode } from "../testing.ts";

interface Units {
  readonly enum: readonly string[];
}

const schema = moduleOf("unit").manifest.props as unknown as {
  properties: { from: Units; to: Units };
  allOf: { if: { properties: { from: Units } }; then: { properties: { to: Units } } }[];
};
/** Units of one kind each. */
const groups = schema.allOf.map((rule) => {
  expect(rule.then.properties.to).toEqual(rule.if.properties.from);
  return rule.if.properties.from.enum;
});
const units = schema.properties.from.enum;

const convert = (value: number, from: string, to: string) =>
  new TestNode("unit", { from, to }).answer(reading(value)).value as number;

describe("unit", () => {
  const exact: [value: number, from: string, result: number, to: string][] = [
    [0, "°C", 273.15, "K"],
    [0, "K", -273.15, "°C"],
    [100, "°C", 212, "°F"],
    [-40, "°F", -40, "°C"],
    [491.67, "°R", 32, "°F"],
    [1, "bar", 100, "kPa"],
    [1, "atm", 1013.25, "hPa"],
    [250, "kPa", 2.5, "bar"],
    [36, "km/h", 10, "m/s"],
    [1, "kn", 1.852, "km/h"],
    [3.6, "m3/h", 1, "L/s"],
    [1, "kWh", 3.6, "MJ"],
    [1, "PS", 735.49875, "W"],
    [3000, "1/min", 50, "Hz"],
    [12, "in", 1, "ft"],
    [1, "gal", 3.785411784, "L"],
    [1, "g/cm3", 1000, "kg/m3"],
    [90, "min", 1.5, "h"],
    [20, "%", 0.2, "1"],
    [16, "oz", 1, "lb"],
  ];
  it.each(exact)("%s %s is %s %s", (value, from, result, to) => {
    expect(convert(value, from, to)).toBe(result);
  });

  const rounded: [value: number, from: string, result: number, to: string][] = [
    [1, "psi", 6.894757293, "kPa"],
    [1, "bar", 14.503773773, "psi"],
    [1, "hp", 0.745699872, "kW"],
    [1, "rev", 360, "°"],
    [1, "Hz", 6.283185307, "rad/s"],
    [1, "ft3/min", 0.471947443, "L/s"],
    [1, "bbl/d", 0.006624471, "m3/h"],
    [1, "kgf", 2.204622622, "lbf"],
    [1, "N.m", 8.850745791, "lbf.in"],
    [1, "lb/ft3", 16.018463374, "kg/m3"],
    [1, "inHg", 25.4, "mmHg"],
    [1, "Btu/h", 0.29307107, "W"],
  ];
  it.each(rounded)("%s %s is about %s %s", (value, from, result, to) => {
    expect(convert(value, from, to)).toBeCloseTo(result, 5);
  });

  it("converts each unit into the first of its kind and back, and into no other kind, as the schema says", () => {
    expect(groups.flat()).toEqual(units);
    for (const [kind, group] of groups.entries()) {
      for (const from of group) {
        for (const [other, [to]] of groups.entries()) {
          expect([from, to, refusalOf("unit", { from, to: to! }) === undefined]).toEqual([from, to, kind === other]);
        }
        expect(convert(convert(123.25, from, group[0]!), group[0]!, from)).toBeCloseTo(123.25, 9);
      }
    }
    expect(schema.properties.to.enum).toEqual(units);
  });

  it("names what does not go together before anything is deployed", () => {
    expect(() => new TestNode("unit", { from: "bar", to: "°C" })).toThrow(
      expect.objectContaining({ diagnostics: [expect.objectContaining({ path: "nodes.node.props.to" })] }),
    );
  });

  it.each([
    [{ from: "degC", to: "K" }, '"degC" given, did you mean `°C`?'],
    [{ from: "m³/h", to: "L/s" }, '"m³/h" given, did you mean `m3/h`?'],
    [{ from: "PSI", to: "bar" }, '"PSI" given, did you mean `psi`?'],
    [{ from: "furlong", to: "m" }, expect.stringContaining('one of "°C", "K"')],
  ])("says of %j which unit was meant", (props, message) => {
    expect(() => new TestNode("unit", props)).toThrow(
      expect.objectContaining({
        diagnostics: expect.arrayContaining([expect.objectContaining({ path: "nodes.node.props.from", message })]),
      }),
    );
  });

  it.each([
    [{ from: "bar", to: "K" }, "property to: bar cannot be converted into K"],
    [{ from: "bar", to: "parsec" }, "property to: parsec is no unit that this node knows"],
  ])("refuses %j that no schema has checked", (props, words) => {
    expect(refusalOf("unit", props)).toBe(words);
  });

  it.each([
    ["text", "5"],
    ["no value", null],
  ])("passes %s unchanged, as bad", (_, value) => {
    expect(new TestNode("unit", { from: "bar", to: "kPa" }).answer(reading(value))).toEqual(
      reading(value, { quality: 2 }),
    );
  });

  it("keeps the quality, and marks what is no number as bad", () => {
    const node = new TestNode("unit", { from: "bar", to: "kPa" });
    expect(node.answer(reading(2n, { quality: 1 }))).toEqual(reading(200, { quality: 1 }));
    expect(node.answer(reading(Number.NaN))).toEqual(reading(Number.NaN, { quality: 2 }));
  });
});
