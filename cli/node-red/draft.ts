// A sheet of Node-RED as a graph of Flow Fusion: nodes with ids made of their names, wires between their ports. What cannot
// be mapped stands in it as a place that lets nothing pass.

import type { RedExport, RedNode, RedSheet } from "./export.ts";
import { mappers } from "./mappers.ts";
import { type DriverNeed, type Mapping, type Spec, spec, Unmappable } from "./mapping.ts";
import { slug } from "./slug.ts";
import { type Edge, type Wiring, wiringOf } from "./wiring.ts";

interface DraftNode {
  readonly id: string;
  /** The node of Node-RED that it comes from. */
  readonly origin: string;
  readonly comments: readonly string[];
  /** What it is: a node, or the subflow whose definition has this id. */
  readonly made: Spec | { readonly subflow: string };
}

/** `node.port` */
type Port = readonly [node: string, port: string];

export interface Draft {
  /** The tabs that it was made of, or the subflow. */
  readonly sheets: readonly RedSheet[];
  readonly comments: readonly string[];
  readonly nodes: readonly DraftNode[];
  readonly wires: readonly { readonly from: Port; readonly to: Port }[];
  /** Of a subflow. */
  readonly inputs: readonly (readonly [name: string, port: Port])[];
  readonly outputs: readonly (readonly [name: string, port: Port])[];
}

export type Fate = "mapped" | "different" | "todo" | "left out";

/** What became of a node of Node-RED. */
export interface Finding {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly tab: string;
  readonly fate: Fate;
  /** Empty when it was mapped. */
  readonly reasons: readonly string[];
}

export interface SheetResult {
  readonly draft: Draft;
  readonly findings: readonly Finding[];
  readonly drivers: readonly DriverNeed[];
  readonly notes: readonly string[];
}

/** Lines of a function that a placeholder shows. */
const sourceLinesMax = 30;

/** `refused`: nodes whose mapping turned out to be wrong, with the reason. */
export function draftOf(
  sheets: readonly RedSheet[],
  red: RedExport,
  refused: ReadonlyMap<string, string>,
): SheetResult {
  return new Drafting(sheets, red, refused).result();
}

type Outcome =
  | { readonly kind: "mapping"; readonly mapping: Mapping }
  | { readonly kind: "subflow"; readonly sheet: RedSheet }
  | { readonly kind: "todo"; readonly reason: string }
  | { readonly kind: "left out"; readonly reason: string };

class Drafting {
  readonly #sheets: readonly RedSheet[];
  readonly #red: RedExport;
  readonly #refused: ReadonlyMap<string, string>;
  readonly #all: readonly RedNode[];
  readonly #wiring: Wiring;
  readonly #tabs: ReadonlyMap<string, string>;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #ids = new Set<string>();
  #nodes: DraftNode[] = [];
  #wires: Draft["wires"][number][] = [];
  /** Nodes that take one field of a broker's JSON, by `node.field`. */
  readonly #fieldNodes = new Map<string, string>();

  constructor(sheets: readonly RedSheet[], red: RedExport, refused: ReadonlyMap<string, string>) {
    this.#sheets = sheets;
    this.#red = red;
    this.#refused = refused;
    this.#tabs = new Map(sheets.map(({ id, label }) => [id, label]));
    this.#all = red.nodes.filter(({ z }) => this.#tabs.has(z));
    this.#wiring = wiringOf(this.#all);
  }

  result(): SheetResult {
    for (const node of this.#wiring.nodes.values()) this.#outcomes.set(node.id, this.#outcomeOf(node));
    this.#leaveOutUnreached();
    const ports = new Map<string, NodePorts>();
    for (const node of this.#wiring.nodes.values()) ports.set(node.id, this.#place(node));
    for (const edge of this.#wiring.edges) this.#draw(edge, ports);
    const faces = this.#faces(ports);
    this.#removeWholes("json");
    this.#removeWholes("mqtt in");
    this.#sort();
    return {
      draft: {
        sheets: this.#sheets,
        comments: this.#comments(),
        nodes: this.#nodes,
        wires: this.#wires,
        ...faces,
      },
      findings: this.#findings(),
      drivers: [...this.#outcomes.values()].flatMap((outcome) =>
        outcome.kind === "mapping" && outcome.mapping.driver ? [outcome.mapping.driver] : [],
      ),
      notes: [...this.#outcomes.values()].flatMap((outcome) =>
        outcome.kind === "mapping" ? (outcome.mapping.notes ?? []) : [],
      ),
    };
  }

  #upstream(id: string): Edge[] {
    return this.#wiring.edges.filter(({ to }) => to === id);
  }

  /** Whether a subflow's input leads to the node. */
  #isEntered(id: string): boolean {
    return this.#sheets.some(({ inputs }) => inputs.some((targets) => this.#wiring.behind(targets).includes(id)));
  }

  #outcomeOf(node: RedNode): Outcome {
    const refusal = this.#refused.get(node.id);
    if (refusal !== undefined) return { kind: "todo", reason: refusal };
    if (node.type === "comment") return { kind: "left out", reason: "its text is a comment in the program" };
    if (node.type.startsWith("subflow:")) {
      const sheet = this.#red.subflows.get(node.type.slice("subflow:".length));
      return sheet ? { kind: "subflow", sheet } : { kind: "todo", reason: "its subflow is not in the export" };
    }
    try {
      const mapping = this.#map(node);
      const problem = mapping.field === undefined ? undefined : this.#fieldProblem(node.id, mapping.field);
      return problem === undefined ? { kind: "mapping", mapping } : { kind: "todo", reason: problem };
    } catch (error) {
      if (!(error instanceof Unmappable)) throw error;
      const kind = node.type === "debug" ? "left out" : "todo";
      return { kind, reason: error.message };
    }
  }

  #map(node: RedNode): Mapping {
    const mapper = mappers[node.type];
    if (mapper === undefined) throw new Unmappable(`nodes of the type "${node.type}" have no counterpart`);
    const before = this.#upstream(node.id).map(({ from }) => this.#wiring.nodes.get(from)!);
    const isRegister = ({ type, settings }: RedNode) => type === "modbus-read" && Number(settings.quantity) === 1;
    return mapper(node, {
      config: (id) => this.#red.configs.get(String(id)),
      isFedByRegister: before.length > 0 && before.every(isRegister) && !this.#isEntered(node.id),
      after: this.#wiring.edges.filter(({ from }) => from === node.id).map(({ to }) => this.#wiring.nodes.get(to)!),
      isFedByBroker: before.length > 0 && before.every(({ type }) => type === "mqtt in") && !this.#isEntered(node.id),
    });
  }

  /** Why a field of the payload cannot be had as a tag of its own. */
  #fieldProblem(id: string, field: string): string | undefined {
    const what = `it takes "${field}" of an object, and values are numbers, booleans or text`;
    const before = this.#sourcesOf(id).map((from) => this.#wiring.nodes.get(from)!);
    if (before.length === 0 || this.#isEntered(id) || before.some(({ type }) => type !== "mqtt in"))
      return `${what}; right behind mqtt in, the driver can take it`;
    if (before.some(({ settings }) => String(settings.topic).includes("#")))
      return `${what}, and the topic ends with #`;
    return undefined;
  }

  /** Where a node's messages come from, over those that only read JSON. */
  #sourcesOf(id: string): string[] {
    return this.#upstream(id).flatMap(({ from }) => {
      const node = this.#wiring.nodes.get(from)!;
      return node.type === "json" ? this.#sourcesOf(from) : [from];
    });
  }

  /** Nodes that nothing reaches are left out, and then what only they reach. */
  #leaveOutUnreached(): void {
    for (let isDone = false; !isDone; ) {
      isDone = true;
      for (const [id, outcome] of this.#outcomes) {
        if (!this.#needsInput(id, outcome) || this.#isEntered(id)) continue;
        if (this.#upstream(id).some((edge) => this.#carries(edge))) continue;
        this.#outcomes.set(id, { kind: "left out", reason: "nothing that is taken over leads to it" });
        isDone = false;
      }
    }
  }

  /** Whether anything comes along a wire: sinks pass nothing on, and a function may leave an output unused. */
  #carries({ from, output }: Edge): boolean {
    const outcome = this.#outcomes.get(from)!;
    if (outcome.kind === "mapping") return (outcome.mapping.outputs[output] ?? []).length > 0;
    if (outcome.kind === "subflow") return output < outcome.sheet.outputs.length;
    return outcome.kind === "todo";
  }

  #needsInput(id: string, outcome: Outcome): boolean {
    if (outcome.kind === "mapping") return outcome.mapping.inputs.length > 0;
    if (outcome.kind === "subflow") return outcome.sheet.inputs.length > 0;
    return outcome.kind === "todo" && this.#wiring.edges.concat(this.#wiring.loops).some(({ to }) => to === id);
  }

  #place(node: RedNode): NodePorts {
    const outcome = this.#outcomes.get(node.id)!;
    if (outcome.kind === "left out") return nowhere;
    const label = outcome.kind === "subflow" ? slug(outcome.sheet.label) : "";
    const base = this.#freeId(slug(node.name) || label || this.#nameOf(node));
    if (outcome.kind === "subflow") {
      this.#add(base, node.id, { subflow: outcome.sheet.id });
      return subflowPorts(base, outcome.sheet);
    }
    if (outcome.kind === "todo") return this.#placeholder(node, base, outcome.reason);
    const { specs, inputs, outputs, inner } = outcome.mapping;
    const isRow = inputs.length < 2;
    const ids = specs.map((one, index) => {
      if (specs.length === 1 || (isRow && index === specs.length - 1)) return base;
      return this.#freeId(`${base}-${isRow ? slug(one.type) : index + 1}`);
    });
    specs.forEach((one, index) => {
      this.#add(ids[index]!, node.id, one);
    });
    const portOf = ([index, port]: Mapping["inputs"][number]): Port => [ids[index]!, port];
    for (const [from, to] of inner) this.#wires.push({ from: portOf(from), to: portOf(to) });
    return { inputs: inputs.map(portOf), outputs: outputs.map((ports) => ports.map(portOf)) };
  }

  /** Lets nothing pass until somebody has written it. */
  #placeholder(node: RedNode, id: string, reason: string): NodePorts {
    const isSource = !this.#needsInput(node.id, { kind: "todo", reason }) && !this.#isEntered(node.id);
    const made = isSource ? spec("tag_input", { tags: [`todo/${id}`] }) : spec("filter", { expression: "false" });
    const { func } = node.settings;
    const source = typeof func === "string" ? func.split("\n") : [];
    const cut = source.length > sourceLinesMax ? [`… ${source.length - sourceLinesMax} more lines`] : [];
    const title = node.name === "" ? node.type : `${node.type} "${node.name}"`;
    this.#add(id, node.id, made, [
      `TODO ${title} (${node.id}): ${reason}.`,
      ...[...source.slice(0, sourceLinesMax), ...cut].map((line) => `  ${line}`.trimEnd()),
    ]);
    const port: Port = [id, isSource ? "out" : "pass"];
    return { inputs: isSource ? [] : [[id, "in"]], outputs: node.wires.map(() => [port]) };
  }

  #draw({ from, output, to }: Edge, ports: ReadonlyMap<string, NodePorts>): void {
    const target = this.#outcomes.get(to)!;
    const field = target.kind === "mapping" ? target.mapping.field : undefined;
    const sources = field === undefined ? (ports.get(from)!.outputs[output] ?? []) : this.#fieldPorts(from, to, field);
    for (const source of sources) {
      for (const input of ports.get(to)!.inputs) {
        const isDrawn = this.#wires.some(
          ({ from: [a, x], to: [b, y] }) => a === source[0] && x === source[1] && b === input[0] && y === input[1],
        );
        if (!isDrawn) this.#wires.push({ from: source, to: input });
      }
    }
  }

  /** The nodes that take a field of what a broker sends: the driver makes each field a tag below the topic. */
  #fieldPorts(from: string, to: string, field: string): Port[] {
    const origins = this.#wiring.nodes.get(from)!.type === "json" ? this.#sourcesOf(from) : [from];
    return [...new Set(origins)].map((origin) => {
      const key = `${origin}.${field}`;
      let id = this.#fieldNodes.get(key);
      if (id === undefined) {
        const node = this.#wiring.nodes.get(origin)!;
        id = this.#freeId(slug(field) || this.#nameOf(this.#wiring.nodes.get(to)!));
        this.#fieldNodes.set(key, id);
        this.#add(
          id,
          origin,
          spec("tag_input", { tags: [`${String(node.settings.topic)}/${field.replaceAll(".", "/")}`] }),
        );
      }
      return [id, "out"];
    });
  }

  /** Where fields alone of a document are used, nothing takes the whole. */
  #removeWholes(type: string): void {
    const fields = new Set(this.#fieldNodes.values());
    const isIdle = ({ id, origin }: DraftNode) =>
      !fields.has(id) &&
      this.#wiring.nodes.get(origin)?.type === type &&
      this.#wiring.edges.some(({ from }) => from === origin) &&
      !this.#wires.some(({ from }) => from[0] === id);
    const idle = new Set(this.#nodes.filter(isIdle).map(({ id }) => id));
    this.#nodes = this.#nodes.filter(({ id }) => !idle.has(id));
    this.#wires = this.#wires.filter(({ to }) => !idle.has(to[0]));
  }

  /** As Node-RED lists them, each wire where it begins. */
  #sort(): void {
    const order = [...this.#wiring.nodes.keys()];
    const fields = new Set(this.#fieldNodes.values());
    const rank = ({ id, origin }: DraftNode) => order.indexOf(origin) - (fields.has(id) ? 0.5 : 0);
    this.#nodes.sort((a, b) => rank(a) - rank(b));
    const places = new Map(this.#nodes.map(({ id }, index) => [id, index]));
    this.#wires.sort((a, b) => places.get(a.from[0])! - places.get(b.from[0])!);
  }

  #faces(ports: ReadonlyMap<string, NodePorts>): Pick<Draft, "inputs" | "outputs"> {
    const [sheet] = this.#sheets;
    if (sheet === undefined || !this.#red.subflows.has(sheet.id)) return { inputs: [], outputs: [] };
    const inputs = sheet.inputs.map((targets, index): Draft["inputs"][number] => {
      const inner = this.#wiring.behind(targets).flatMap((id) => ports.get(id)?.inputs ?? []);
      return [faceName("in", index, sheet.inputs.length), this.#gather(inner, "entry")];
    });
    const outputs = sheet.outputs.map((sources, index): Draft["outputs"][number] => {
      const inner = sources.flatMap(({ id, port }) => (id === sheet.id ? [] : (ports.get(id)?.outputs[port] ?? [])));
      return [faceName("out", index, sheet.outputs.length), this.#gather(inner, "exit")];
    });
    return { inputs, outputs };
  }

  /** One port for several: a fan_out whose first output, or input, stands for all. */
  #gather(ports: readonly Port[], role: "entry" | "exit"): Port {
    if (ports.length === 1) return ports[0]!;
    const id = this.#freeId(role);
    if (role === "exit" && ports.length === 0) {
      this.#add(id, this.#sheets[0]!.id, spec("tag_input", { tags: ["todo/nothing"] }), ["Nothing comes out here."]);
      return [id, "out"];
    }
    this.#add(id, this.#sheets[0]!.id, spec("fan_out"));
    for (const port of ports)
      this.#wires.push(role === "entry" ? { from: [id, "out1"], to: port } : { from: port, to: [id, "in"] });
    return [id, role === "entry" ? "in" : "out1"];
  }

  #add(id: string, origin: string, made: DraftNode["made"], comments: readonly string[] = []): void {
    this.#nodes.push({ id, origin, made, comments });
  }

  #nameOf({ type, settings }: RedNode): string {
    const { topic, filename } = settings;
    const named = typeof topic === "string" && /^(mqtt|modbus)/.test(type) ? topic.split("/").slice(-2).join("-") : "";
    const filed = typeof filename === "string" ? (filename.split(/[\\/]/).at(-1) ?? "").replace(/\.\w+$/, "") : "";
    return slug(named) || slug(filed) || slug(type) || "node";
  }

  #freeId(stem: string): string {
    let id = stem;
    for (let count = 2; this.#ids.has(id); count++) id = `${stem}-${count}`;
    this.#ids.add(id);
    return id;
  }

  #comments(): string[] {
    const texts = this.#all
      .filter(({ type }) => type === "comment")
      .map(({ name, settings }) => [name, String(settings.info ?? "")]);
    return [...this.#sheets.map(({ info }) => [info]), ...texts]
      .flatMap((parts) => parts.join("\n").split("\n"))
      .map((line) => line.trim())
      .filter((line) => line !== "");
  }

  #findings(): Finding[] {
    return this.#all.flatMap((node): Finding[] => {
      const { id, z } = node;
      const used = this.#red.subflows.get(node.type.replace("subflow:", ""));
      const { type, name } = used ? { type: "subflow", name: node.name || used.label } : node;
      const of = (fate: Fate, ...reasons: string[]): Finding[] => [
        { id, type, name, tab: this.#tabs.get(z)!, fate, reasons },
      ];
      if (node.isDisabled) return of("left out", "it is disabled");
      const outcome = this.#outcomes.get(id);
      if (outcome === undefined) return of("mapped");
      if (outcome.kind === "left out" || outcome.kind === "todo") return of(outcome.kind, outcome.reason);
      const loops = this.#wiring.loops.filter(({ from }) => from === id).length;
      const reasons = [
        ...(outcome.kind === "mapping" ? outcome.mapping.remarks : []),
        ...(outcome.kind === "subflow" && outcome.sheet.properties.length > 0
          ? [`properties of a subflow (${outcome.sheet.properties.join(", ")}) are not taken over`]
          : []),
        ...(loops > 0 ? ["a wire that closed a loop is left out"] : []),
      ];
      return of(reasons.length > 0 ? "different" : "mapped", ...reasons);
    });
  }
}

interface NodePorts {
  readonly inputs: readonly Port[];
  /** By output of the Node-RED node. */
  readonly outputs: readonly (readonly Port[])[];
}

const nowhere: NodePorts = { inputs: [], outputs: [] };

const faceName = (stem: string, index: number, count: number): string => (count === 1 ? stem : `${stem}${index + 1}`);

function subflowPorts(id: string, { inputs, outputs }: RedSheet): NodePorts {
  return {
    inputs: inputs.map((_, index): Port => [id, faceName("in", index, inputs.length)]).slice(0, 1),
    outputs: outputs.map((_, index): readonly Port[] => [[id, faceName("out", index, outputs.length)]]),
  };
}
