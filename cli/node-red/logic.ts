// Nodes that decide and compute: switch, change, range, function.

import { parseExpressionAt } from "acorn";
import { join, not, type Scope, type Text, topic, translate, value } from "./expression.ts";
import { mapFunction } from "./function.ts";
import {
  byName,
  chain,
  double,
  type Mapper,
  type Mapping,
  numberIn,
  type Port,
  payloadField,
  quoted,
  type Spec,
  spec,
  Unmappable,
  withField,
} from "./mapping.ts";

type Rule = { readonly [name: string]: unknown };

const atom = (text: string): Text => ({ text, binds: 10 });

/** Typed values of Node-RED: a text, its type beside it. */
function constant(given: unknown, type: unknown): Text {
  switch (type) {
    case "num":
      return atom(double(numberIn(given, "value")));
    case "bool":
      return atom(String(given === "true" || given === true));
    case "str":
    case undefined:
      return atom(quoted(String(given ?? "")));
    case "msg":
      if (given === "payload") return value;
      if (given === "topic") return topic;
      throw new Unmappable(`it uses msg.${String(given)}, and messages have a value and a topic alone`);
    case "date":
      return join("/", atom("double(timestamp)"), atom("1000000.0"));
    case "jsonata":
      return formula(String(given));
    case "flow":
    case "global":
      throw new Unmappable(`it keeps state in ${type}, which needs a node of your own`);
    default:
      throw new Unmappable(`it uses a value of the type "${String(type)}"`);
  }
}

/** JSONata, as far as it is plain arithmetic on payload and topic, which it writes as JavaScript does. */
function formula(text: string): Text {
  if (!/^[\s\w.()+\-*/<>"'?:]*$/.test(text) || /[<>]=?\s*=|\b(and|or|in)\b/.test(text))
    throw new Unmappable(`it computes "${text}" with JSONata`);
  const scope: Scope = {
    ...{ payload: value, topic, isFedByRegister: false, fields: new Set(), remarks: new Set() },
    variables: new Map([
      ["payload", value],
      ["topic", topic],
    ]),
  };
  try {
    return translate(parseExpressionAt(text, 0, { ecmaVersion: "latest" }), scope);
  } catch (error) {
    throw new Unmappable(`it computes "${text}" with JSONata: ${(error as Error).message}`);
  }
}

const relations: { readonly [rule: string]: string } = byName({
  eq: "==",
  neq: "!=",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
});

/** What a rule asks of the subject. */
function conditionOf(rule: Rule, subject: Text): Text {
  const { t, v, vt, v2, v2t } = rule;
  const name = String(t);
  if (relations[name] !== undefined) return related(relations[name], subject, v, vt);
  switch (name) {
    case "btwn": {
      const [low, high] = [constant(v, vt), constant(v2, v2t)];
      const swapped = Number(v) > Number(v2);
      return join("&&", join(">=", subject, swapped ? high : low), join("<=", subject, swapped ? low : high));
    }
    case "cont":
      return atom(`${subject.text}.contains(${constant(v, vt).text})`);
    case "true":
    case "false":
      return join("==", subject, atom(name));
    case "null":
      return join("==", subject, atom("null"));
    case "nnull":
      return join("!=", subject, atom("null"));
    case "empty":
      return join("==", atom(`size(${subject.text})`), atom("0"));
    case "nempty":
      return join("!=", atom(`size(${subject.text})`), atom("0"));
    default:
      throw new Unmappable(`its rule "${name}" has no counterpart`);
  }
}

/** `==` of Node-RED takes "5" for 5; both spellings are asked for. */
function related(operator: string, subject: Text, given: unknown, type: unknown): Text {
  const text = String(given ?? "");
  const isNumeric = (type === "str" || type === undefined) && text.trim() !== "" && Number.isFinite(Number(text));
  if (!isNumeric || subject === topic) return join(operator, subject, constant(given, type));
  const asNumber = join(operator, subject, atom(double(Number(text))));
  if (operator === "==") return join("||", asNumber, join(operator, subject, atom(quoted(text))));
  if (operator === "!=") return join("&&", asNumber, join(operator, subject, atom(quoted(text))));
  return asNumber;
}

/** `{ op, value }` where a plain comparison of the value says it. */
function comparison(rule: Rule, subject: Text): Spec["props"] {
  const operator = relations[String(rule.t)];
  if (operator !== undefined && subject === value) {
    if (rule.vt === "num") return { op: operator, value: numberIn(rule.v, "value") };
    if (rule.vt === "bool" && ["==", "!="].includes(operator))
      return { op: operator, value: rule.v === "true" || rule.v === true };
    const isWord = rule.vt === "str" && !Number.isFinite(Number(rule.v === "" ? Number.NaN : rule.v));
    if (isWord && ["==", "!="].includes(operator)) return { op: operator, value: String(rule.v) };
  }
  return { expression: conditionOf(rule, subject).text };
}

const casesMax = 3;

export const switchNode: Mapper = ({ settings }) => {
  const { property, propertyType = "msg", rules, checkall } = settings;
  if (propertyType !== "msg") throw new Unmappable(`it looks at a property of the type "${String(propertyType)}"`);
  const subject = property === "topic" ? topic : value;
  const field = subject === topic ? undefined : payloadField(property);
  const list = (Array.isArray(rules) ? rules : []) as Rule[];
  if (list.length === 0) throw new Unmappable("it has no rules");
  const lastIsElse = list.at(-1)!.t === "else";
  const cases = lastIsElse ? list.slice(0, -1) : list;
  if (cases.some(({ t }) => t === "else")) throw new Unmappable("it has an otherwise that is not the last rule");
  const stopsAtFirst = checkall === "false" || checkall === false;
  if (cases.length > 0 && cases.length <= casesMax && (stopsAtFirst || cases.length === 1)) {
    if (cases.length === 1) return oneRule(cases[0]!, subject, lastIsElse, field);
    const ports = [...cases.map((_, index) => `case${index + 1}`), ...(lastIsElse ? ["else"] : [])];
    const props = { cases: cases.map((rule) => comparison(rule, subject)) };
    return chain([spec("switch", props)], { outputs: ports.map((port) => [[0, port]]), ...withField(field) });
  }
  return filters(list, subject, stopsAtFirst, field);
};

function oneRule(rule: Rule, subject: Text, hasElse: boolean, field: string | undefined): Mapping {
  const outputs: Port[][] = [[[0, "pass"]], ...(hasElse ? [[[0, "fail"] as const]] : [])];
  return chain([spec("filter", comparison(rule, subject))], { outputs, ...withField(field) });
}

/** A filter for each rule, side by side. */
function filters(rules: readonly Rule[], subject: Text, stopsAtFirst: boolean, field: string | undefined): Mapping {
  const before: Text[] = [];
  const specs = rules.map((rule) => {
    const none = before.map(not);
    if (rule.t === "else") return spec("filter", { expression: none.reduce((a, b) => join("&&", a, b)).text });
    const own = conditionOf(rule, subject);
    const props =
      stopsAtFirst && none.length > 0
        ? { expression: [...none, own].reduce((a, b) => join("&&", a, b)).text }
        : comparison(rule, subject);
    before.push(own);
    return spec("filter", props);
  });
  return {
    specs,
    inputs: specs.map((_, index) => [index, "in"]),
    outputs: specs.map((_, index) => [[index, "pass"]]),
    inner: [],
    remarks: [],
    ...withField(field),
  };
}

export const change: Mapper = ({ settings }) => {
  const rules = (Array.isArray(settings.rules) ? settings.rules : []) as Rule[];
  if (rules.length === 0) throw new Unmappable("it has no rules");
  const specs: Spec[] = [];
  let field: string | undefined;
  for (const [index, rule] of rules.entries()) {
    const moved = movedField(rule);
    if (moved !== undefined && index === 0) field = moved;
    else specs.push(changed(rule));
  }
  return chain(specs.length > 0 ? specs : [spec("rename")], withField(field));
};

/** `set msg.payload to msg.payload.temp`, or a move of it. */
function movedField({ t, p, pt, to, tot }: Rule): string | undefined {
  const [from, into] = t === "move" ? [p, to] : [to, p];
  const isMessage = (t === "move" || tot === "msg") && (pt ?? "msg") === "msg";
  if ((t !== "set" && t !== "move") || !isMessage || into !== "payload") return undefined;
  return typeof from === "string" && from.startsWith("payload.") ? payloadField(from) : undefined;
}

function changed({ t, p, pt = "msg", to, tot, from, fromt }: Rule): Spec {
  if (pt !== "msg")
    throw new Unmappable(`it sets a property of the type "${String(pt)}", which is state outside the flow`);
  if (t === "set" && p === "payload") return spec("expr", { expression: constant(to, tot).text });
  if (t === "set" && p === "topic" && (tot === "str" || tot === undefined))
    return spec("rename", { template: String(to) });
  if (t === "change" && p === "topic" && fromt === "str") {
    if (tot !== "str") throw new Unmappable("it replaces a part of the topic by something that is no text");
    return spec("rename", { find: String(from), replace: String(to) });
  }
  if (t === "change" && p === "payload" && (fromt === "num" || fromt === "bool"))
    return spec("expr", { expression: `value == ${constant(from, fromt).text} ? ${constant(to, tot).text} : value` });
  throw new Unmappable(`its rule "${String(t)} msg.${String(p)}" has no counterpart`);
}

export const range: Mapper = ({ settings }) => {
  const { action, round, property } = settings;
  const [minIn, maxIn, minOut, maxOut] = ["minin", "maxin", "minout", "maxout"].map((name) =>
    numberIn(settings[name], name),
  );
  const field = withField(payloadField(property));
  if (minIn === maxIn) throw new Unmappable("its input range is empty");
  const factor = (maxOut! - minOut!) / (maxIn! - minIn!);
  const [low, high] = [Math.min(minIn!, maxIn!), Math.max(minIn!, maxIn!)];
  const scale = spec("scale", { factor: neat(factor), offset: neat(minOut! - minIn! * factor) });
  const rounded = round === true || round === "true" ? [spec("expr", { expression: "math.floor(value + 0.5)" })] : [];
  switch (action) {
    case "scale":
    case undefined:
      return chain([scale, ...rounded], field);
    case "clamp":
      return chain(
        [
          spec("expr", { expression: `math.least(math.greatest(value, ${double(low)}), ${double(high)})` }),
          scale,
          ...rounded,
        ],
        field,
      );
    case "drop":
      return chain(
        [spec("filter", { expression: `value >= ${double(low)} && value <= ${double(high)}` }), scale, ...rounded],
        field,
      );
    default:
      throw new Unmappable(`it wraps values around ("${String(action)}")`);
  }
};

/** Without the last bits that computing has left: 0.1, not 0.10000000000000009. */
const neat = (number: number): number => Number(number.toPrecision(15));

export const functionNode: Mapper = ({ settings }, { isFedByRegister }) => {
  for (const [name, what] of [
    ["initialize", "code that runs at the start"],
    ["finalize", "code that runs at the end"],
  ] as const) {
    const code = settings[name];
    if (typeof code === "string" && code.replaceAll(/\/\/.*$/gm, "").trim() !== "")
      throw new Unmappable(`it has ${what}`);
  }
  return mapFunction(String(settings.func ?? ""), Number(settings.outputs ?? 1), isFedByRegister);
};
