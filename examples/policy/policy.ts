// A policy for flows, as a check of what `pulumi preview --json` says: sinks may send to known hosts alone.
//
//   pulumi preview --json | node policy.ts policy.json
//
// Exit codes: 0 all is well, 1 a rule is broken, 2 the check itself could not be made.

import { readFileSync } from "node:fs";

interface Policy {
  /** Hosts that sinks may send to: `broker.plant.example`, or `*.plant.example` for all below. */
  readonly hosts: readonly string[];
  /** Kinds of sinks that may not be used at all. */
  readonly forbiddenSinks?: readonly string[];
}

interface Step {
  readonly op: string;
  readonly newState?: {
    readonly type: string;
    readonly urn: string;
    readonly inputs: { readonly nodes?: { readonly [id: string]: FlowNode }; readonly url?: unknown };
  };
}

interface FlowNode {
  readonly type: string;
  readonly props?: { readonly [name: string]: unknown };
}

/** The property that says where a sink sends to. */
const targets: { readonly [sink: string]: string } = { mqtt: "broker", http: "url", nats: "server", nng: "address" };

/** What breaks the policy, a line each. */
function violations(policy: Policy, steps: readonly Step[]): string[] {
  return [...flowViolations(policy, steps), ...connectionViolations(policy, steps)];
}

/** What an up would leave behind of a type. */
const planned = (steps: readonly Step[], type: string) =>
  steps.flatMap(({ op, newState }) => (newState?.type === type && op !== "delete" ? [newState] : []));

function flowViolations({ hosts, forbiddenSinks = [] }: Policy, steps: readonly Step[]): string[] {
  return planned(steps, "flowfusion:index:Flow").flatMap(({ urn, inputs }) =>
    Object.entries(inputs.nodes ?? {}).flatMap(([id, { type, props = {} }]) => {
      const where = `${urn.split("::").at(-1)}: node ${id}`;
      if (forbiddenSinks.includes(type)) return [`${where} is a sink "${type}", which the policy forbids`];
      const target = props[targets[type] ?? ""];
      // A sink with a connection goes where that leads.
      if (targets[type] === undefined || target === undefined) return [];
      return elsewhere(target, hosts).map((why) => `${where} sends to ${why}`);
    }),
  );
}

function connectionViolations({ hosts }: Policy, steps: readonly Step[]): string[] {
  return planned(steps, "flowfusion:index:Connection").flatMap(({ urn, inputs }) =>
    elsewhere(inputs.url, hosts).map((why) => `connection ${urn.split("::").at(-1)} leads to ${why}`),
  );
}

/** Empty where the target is allowed. */
function elsewhere(target: unknown, hosts: readonly string[]): string[] {
  const host = URL.parse(String(target))?.hostname;
  if (host !== undefined && hosts.some((allowed) => matches(host, allowed))) return [];
  return [`${host ?? "an address that is not known yet"}, which is none of ${hosts.join(", ")}`];
}

const matches = (host: string, allowed: string): boolean =>
  allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : host === allowed;

try {
  const policy = JSON.parse(readFileSync(process.argv[2] ?? "policy.json", "utf8")) as Policy;
  const preview = JSON.parse(readFileSync(0, "utf8")) as { readonly steps?: readonly Step[] };
  if (!Array.isArray(policy.hosts)) throw new Error("the policy has no list of hosts");
  if (preview.steps === undefined) throw new Error("this is no preview; did it fail?");
  const found = violations(policy, preview.steps);
  for (const line of found) console.log(`✗ ${line}`);
  if (found.length === 0) console.log("✓ all sinks send to known hosts");
  process.exitCode = found.length > 0 ? 1 : 0;
} catch (error) {
  console.error(`policy: ${(error as Error).message}`);
  process.exitCode = 2;
}
