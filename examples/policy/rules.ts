// The rule itself: sinks and connections lead to known hosts alone. Judges one resource by its inputs, as previews and policy
// packs both have them.

export interface KnownHosts {
  /** Hosts that sinks may send to: `broker.plant.example`, or `*.plant.example` for all below. */
  readonly hosts: readonly string[];
  /** Kinds of sinks that may not be used at all. */
  readonly forbiddenSinks?: readonly string[];
}

/** Of a Flow its nodes, of a Connection its URL. */
export interface Inputs {
  readonly nodes?: { readonly [id: string]: FlowNode };
  readonly url?: unknown;
}

interface FlowNode {
  readonly type: string;
  readonly props?: { readonly [name: string]: unknown };
}

/** The property that says where a sink sends to. */
const targets: { readonly [sink: string]: string } = { mqtt: "broker", http: "url", nats: "server", nng: "address" };

/** What is wrong with the resource, a sentence each that goes on from its name. */
export function problemsOf(type: string, inputs: Inputs, rule: KnownHosts): string[] {
  switch (type) {
    case "flowfusion:index:Flow":
      return Object.entries(inputs.nodes ?? {}).flatMap(([id, node]) =>
        sinkProblems(node, rule).map((problem) => `: node ${id} ${problem}`),
      );
    case "flowfusion:index:Connection":
      return elsewhere(inputs.url, rule.hosts).map((why) => ` leads to ${why}`);
    default:
      return [];
  }
}

function sinkProblems({ type, props = {} }: FlowNode, { hosts, forbiddenSinks = [] }: KnownHosts): string[] {
  if (forbiddenSinks.includes(type)) return [`is a sink "${type}", which the policy forbids`];
  const target = props[targets[type] ?? ""];
  // A sink with a connection goes where that leads.
  if (targets[type] === undefined || target === undefined) return [];
  return elsewhere(target, hosts).map((why) => `sends to ${why}`);
}

/** Empty where the target is allowed. */
function elsewhere(target: unknown, hosts: readonly string[]): string[] {
  const host = URL.parse(String(target))?.hostname;
  if (host !== undefined && hosts.some((allowed) => matches(host, allowed))) return [];
  return [`${host ?? "an address that is not known yet"}, which is none of ${hosts.join(", ")}`];
}

const matches = (host: string, allowed: string): boolean =>
  allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : host === allowed;
