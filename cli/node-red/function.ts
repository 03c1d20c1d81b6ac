// A function node as expressions: its statements are followed through all branches, and each output becomes a condition for
// passing and a value. Functions that remember, wait, loop or send several messages are refused.

import { type Expression, type Node, type Program, parse, type Statement } from "acorn";
import { choose, join, not, pathOf, type Scope, type Text, topic, translate, value } from "./expression.ts";
import { chain, type Mapping, type Spec, spec, Unmappable, withField } from "./mapping.ts";

interface Message {
  readonly payload: Text;
  /** What the topic is set to; undefined while it is left alone. */
  readonly topic: string | undefined;
}

/** What one way through the function sends, by output; undefined sends nothing. */
interface Leaf {
  readonly conditions: readonly Text[];
  readonly sent: readonly (Message | undefined)[];
}

interface State extends Scope {
  readonly message: Message;
  readonly conditions: readonly Text[];
}

const leavesMax = 16;

export function mapFunction(source: string, outputs: number, isFedByRegister: boolean): Mapping {
  const state: State = {
    ...{ payload: value, topic, variables: new Map(), isFedByRegister, fields: new Set(), remarks: new Set() },
    message: { payload: value, topic: undefined },
    conditions: [],
  };
  const leaves = run(statementsOf(source), state, outputs);
  if (leaves.length > leavesMax) throw new Unmappable(`it has more than ${leavesMax} ways through it`);
  if (state.fields.size > 1) throw new Unmappable(`it combines fields of one message: ${[...state.fields].join(", ")}`);
  return mappingOf(leaves, outputs, state);
}

function statementsOf(source: string): Statement[] {
  let program: Program;
  try {
    program = parse(source, {
      ecmaVersion: "latest",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
    });
  } catch (error) {
    throw new Unmappable(`its JavaScript cannot be read: ${(error as Error).message}`);
  }
  return program.body as Statement[];
}

/** Follows the statements to every return. Falling off the end sends nothing, as in Node-RED. */
function run(statements: readonly Statement[], state: State, outputs: number): Leaf[] {
  let now = state;
  for (const [index, statement] of statements.entries()) {
    const rest = () => statements.slice(index + 1);
    switch (statement.type) {
      case "EmptyStatement":
        break;
      case "VariableDeclaration":
        for (const { id, init } of statement.declarations) {
          if (id.type !== "Identifier" || !init) throw new Unmappable("it declares variables without a value");
          now = { ...now, variables: new Map([...now.variables, [id.name, translate(init, now)]]) };
        }
        break;
      case "ExpressionStatement":
        now = effect(statement.expression, now);
        break;
      case "BlockStatement":
        return run([...statement.body, ...rest()], now, outputs);
      case "IfStatement": {
        const condition = translate(statement.test, now);
        const branch = (body: Statement | null | undefined, when: Text) =>
          run([...(body ? [body] : []), ...rest()], { ...now, conditions: [...now.conditions, when] }, outputs);
        return [...branch(statement.consequent, condition), ...branch(statement.alternate, not(condition))];
      }
      case "ReturnStatement":
        return [{ conditions: now.conditions, sent: sentBy(statement.argument, now, outputs) }];
      default:
        throw new Unmappable(reasonAgainst(statement));
    }
  }
  return [{ conditions: now.conditions, sent: [] }];
}

function reasonAgainst({ type }: Statement): string {
  if (/^(For|While|DoWhile)/.test(type)) return "it loops, which needs a node of your own";
  if (type === "FunctionDeclaration") return "it declares functions, which needs a node of your own";
  if (type === "TryStatement") return "it catches errors, which needs a node of your own";
  return `it has a ${type.replace("Statement", "").toLowerCase()} statement, which expressions do not have`;
}

const silent = /^node\.(status|log|warn|error|debug|trace|done)$/;

/** A statement that stands for what it does: an assignment, or something for people to see. */
function effect(expression: Expression, state: State): State {
  if (expression.type === "CallExpression") {
    const name = pathOf(expression.callee)?.join(".") ?? "a function";
    if (!silent.test(name)) {
      const what = name === "node.send" ? "it sends by node.send" : `it calls ${name}()`;
      throw new Unmappable(`${what}, which needs a node of your own`);
    }
    state.remarks.add(`${name}() is left out`);
    return state;
  }
  if (expression.type !== "AssignmentExpression") throw new Unmappable("it has a statement without an effect");
  const path = pathOf(expression.left)?.join(".") ?? "a list";
  const operator = expression.operator.slice(0, -1);
  const right = () =>
    operator === ""
      ? translate(expression.right, state)
      : join(operator, translate(expression.left, state), translate(expression.right, state));
  if (path === "msg.payload") {
    const payload = right();
    return { ...state, payload, message: { ...state.message, payload } };
  }
  if (path === "msg.topic" && operator === "") {
    const template = templateOf(expression.right, state);
    return { ...state, message: { ...state.message, topic: template } };
  }
  if (state.variables.has(path)) return { ...state, variables: new Map([...state.variables, [path, right()]]) };
  throw new Unmappable(`it sets ${path}, and messages have a value and a topic alone`);
}

/** A topic as `rename` takes it: `"line/" + msg.topic` is `line/{topic}`. */
function templateOf(node: Expression, state: State): string {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (pathOf(node)?.join(".") === "msg.topic") return state.message.topic ?? "{topic}";
  if (node.type === "BinaryExpression" && node.operator === "+")
    return templateOf(node.left as Expression, state) + templateOf(node.right, state);
  if (node.type === "TemplateLiteral")
    return node.quasis
      .map(({ value: { cooked } }, index) => {
        const part = node.expressions[index];
        return (cooked ?? "") + (part === undefined ? "" : templateOf(part, state));
      })
      .join("");
  throw new Unmappable("it computes the topic from more than the topic");
}

function sentBy(argument: Expression | null | undefined, state: State, outputs: number): (Message | undefined)[] {
  if (argument?.type === "ArrayExpression")
    return argument.elements.map((element) => (element === null ? undefined : messageOf(element as Expression, state)));
  const message = argument ? messageOf(argument, state) : undefined;
  return [message, ...Array<undefined>(Math.max(0, outputs - 1))];
}

function messageOf(node: Expression, state: State): Message | undefined {
  if (node.type === "Literal" && node.value === null) return undefined;
  if (node.type === "Identifier" && node.name === "undefined") return undefined;
  if (node.type === "Identifier" && node.name === "msg") return state.message;
  if (node.type === "ArrayExpression") throw new Unmappable("it sends several messages at one output");
  if (node.type !== "ObjectExpression") throw new Unmappable("it returns something that is not msg");
  let message: Message = { payload: state.payload, topic: undefined };
  for (const property of node.properties) {
    const name = property.type === "Property" ? (pathOf(property.key as Node)?.[0] ?? "") : "";
    const given = (property as { value?: Expression }).value;
    if (name === "payload") message = { ...message, payload: translate(given!, state) };
    else if (name === "topic") message = { ...message, topic: templateOf(given!, state) };
    else throw new Unmappable(`it returns msg.${name || "…"}, and messages have a value and a topic alone`);
  }
  return message;
}

const all = (conditions: readonly Text[]): Text | undefined =>
  conditions.length === 0 ? undefined : conditions.reduce((left, right) => join("&&", left, right));

function mappingOf(leaves: readonly Leaf[], outputs: number, { fields, remarks }: State): Mapping {
  const rows = Array.from({ length: outputs }, (_, output) => specsOf(leaves, output));
  const specs: Spec[] = [];
  const inner: Mapping["inner"][number][] = [];
  const inputs: Mapping["inputs"][number][] = [];
  const outs = rows.map((row): Mapping["outputs"][number] => {
    if (row.length === 0) return [];
    const part = chain(row);
    const at = specs.length;
    specs.push(...part.specs);
    inputs.push([at, "in"]);
    inner.push(
      ...part.inner.map(
        ([[a, x], [b, y]]) =>
          [
            [a + at, x],
            [b + at, y],
          ] as const,
      ),
    );
    return part.outputs[0]!.map(([index, port]) => [index + at, port] as const);
  });
  if (specs.length === 0) throw new Unmappable("it never sends anything");
  return { specs, inputs, outputs: outs, inner, remarks: [...remarks], ...withField([...fields][0]) };
}

/** The nodes for one output: what passes, what it becomes, what it is called. */
function specsOf(leaves: readonly Leaf[], output: number): Spec[] {
  const sending = leaves.filter(({ sent }) => sent[output] !== undefined);
  if (sending.length === 0) return [];
  const conditions = sending.map((leaf) => all(leaf.conditions));
  const passes =
    sending.length === leaves.length ? undefined : conditions.map((one) => one!).reduce((a, b) => join("||", a, b));
  const messages = sending.map(({ sent }) => sent[output]!);
  const topics = new Set(messages.map((message) => message.topic));
  if (topics.size > 1) throw new Unmappable("it sets different topics on different ways");
  const payload = messages
    .slice(0, -1)
    .reduceRight(
      (rest, { payload: one }, index) => (one.text === rest.text ? rest : choose(conditions[index]!, one, rest)),
      messages.at(-1)!.payload,
    );
  const [template] = topics;
  const specs = [
    ...(passes === undefined ? [] : [spec("filter", { expression: passes.text })]),
    ...(payload.text === value.text ? [] : [spec("expr", { expression: payload.text })]),
    ...(template === undefined || template === "{topic}" ? [] : [spec("rename", { template })]),
  ];
  return specs.length > 0 ? specs : [spec("rename")];
}
