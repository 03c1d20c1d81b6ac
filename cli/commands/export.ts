// flowfusion export: what runs on a gateway, as the program or the graph that makes it.

import { allItems, type DriverStatus, type GatewayClient } from "@flowfusion/client";
import { readArtefact } from "@flowfusion/fusion";
import { type CanonicalGraph, type FlowName, graphDocument, type PropValue, parseFlowName } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { customTypes, plantProgram, secretKeys, type WrittenDriver } from "@flowfusion/sdk/program";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../command.ts";
import { writeOutput } from "../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";

const help = `Usage: flowfusion export FLOW [--pulumi | --graph] [-o FILE]
       flowfusion export --all [-o FILE] [--import-file FILE]

Writes a flow that runs on a gateway as a Pulumi program in TypeScript, for example one that was built in the console, with the
connections that its sinks name. Then \`pulumi import\` takes them into a stack, and the program has nothing to change but secrets,
which no gateway tells.

Options:
      --all             all flows of the gateway, its connections and its drivers
      --pulumi          a Pulumi program (the default)
      --graph           the graph as JSON, for flowfusion fuse and simulate
  -o, --output FILE     where to write it (default: standard output)
      --import-file FILE
                        write what \`pulumi import --file FILE\` takes over, as JSON
${gatewayOptionsHelp}
  -h, --help            print this help
`;

interface RunningFlow {
  readonly name: FlowName;
  readonly graph: CanonicalGraph;
  readonly options: { readonly [name: string]: PropValue };
}

export const exportCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      all: { type: "boolean", default: false },
      pulumi: { type: "boolean", default: false },
      graph: { type: "boolean", default: false },
      output: { type: "string", short: "o" },
      "import-file": { type: "string" },
    });
    if (values.pulumi && values.graph) throw new UsageError("--pulumi or --graph, not both");
    if (values.graph && (values.all || values["import-file"] !== undefined))
      throw new UsageError("--graph is for one flow, and nothing imports it");
    if (values.all && positionals.length > 0) throw new UsageError("a flow or --all, not both");
    const named = values.all ? undefined : parseFlowName(onePositional(positionals, "FLOW"));
    const client = gatewayClient(values);
    const names =
      named === undefined ? (await allItems((query) => client.listFlows(query))).map(({ name }) => name) : [named];
    const flows = await Promise.all(names.map((name) => runningFlow(client, name)));
    if (values.graph) {
      await write(values.output, `${JSON.stringify(graphDocument(flows[0]!.graph), null, 2)}\n`);
      return exitCodes.ok;
    }
    const drivers = values.all ? (await allItems((query) => client.listDrivers(query))).map(writtenDriver) : [];
    const connections = values.all
      ? await allItems((query) => client.listConnections(query))
      : await connectionsOf(client, flows);
    const builtins = await builtinCatalog();
    await write(values.output, plantProgram({ flows, builtins, drivers, connections }));
    const targets = [
      ...connections.map(({ name }) => targetOf(client, "Connection", "connections", name)),
      ...drivers.map(({ name }) => targetOf(client, "Driver", "drivers", name)),
      ...flows.map(({ name }) => targetOf(client, "Flow", "flows", name)),
    ];
    const importFile = values["import-file"];
    if (importFile !== undefined) await write(importFile, `${JSON.stringify({ resources: targets }, null, 2)}\n`);
    const files = [...new Set(flows.flatMap(({ graph }) => customTypes({ graph, builtins })))].map(
      (type) => `${type}.wasm`,
    );
    const keys = [...connections, ...drivers].flatMap(secretKeys);
    const hints = [
      ...(values.output === undefined ? [] : [`${values.output} is written.`]),
      ...(files.length === 0 ? [] : [`Put beside it, from where they were built: ${files.join(", ")}.`]),
      ...(keys.length === 0 ? [] : [`Set, as the gateway does not tell secrets: ${keys.map(configLine).join("; ")}`]),
      ...(importFile === undefined
        ? targets.map(({ type, name, id }) => `Take over: pulumi import ${type} ${name} ${id}`)
        : [`Take over: pulumi import --file ${importFile}`]),
    ];
    process.stderr.write(`${hints.join("\n")}\n`);
    return exitCodes.ok;
  },
};

const writtenDriver = ({ name, kind, config, enabled, secrets }: DriverStatus): WrittenDriver => ({
  ...{ name, kind, enabled, secrets },
  config: config as PropValue,
});

const configLine = (key: string): string => `pulumi config set --secret ${key}`;

const targetOf = ({ endpoint }: GatewayClient, type: string, route: string, name: string) => ({
  type: `flowfusion:index:${type}`,
  name,
  id: `${endpoint}/v1/${route}/${name}`,
});

async function write(file: string | undefined, text: string): Promise<void> {
  if (file === undefined) process.stdout.write(text);
  else await writeOutput(file, new TextEncoder().encode(text));
}

async function runningFlow(client: GatewayClient, name: FlowName): Promise<RunningFlow> {
  const { graph } = readArtefact(await client.flowArtefact(name));
  const status = await client.getFlow(name);
  return { name, graph, options: (status?.options ?? {}) as RunningFlow["options"] };
}

/** Those that sinks name, as far as the gateway has them. */
async function connectionsOf(client: GatewayClient, flows: readonly RunningFlow[]) {
  const names = flows.flatMap(({ graph }) =>
    graph.nodes.flatMap(({ delivers, props: { connection } }) =>
      delivers !== undefined && typeof connection === "string" ? [connection] : [],
    ),
  );
  const found = await Promise.all([...new Set(names)].sort().map((name) => client.getConnection(name)));
  return found.filter((connection) => connection !== undefined);
}
