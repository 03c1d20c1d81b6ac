// flowfusion export: a flow that runs, as the program or the graph that makes it.

import { readArtefact } from "@flowfusion/fusion";
import { graphDocument, parseFlowName } from "@flowfusion/graph";
import { builtinCatalog } from "@flowfusion/nodes";
import { customTypes, flowProgram } from "@flowfusion/sdk/program";
import { type Command, exitCodes, onePositional, readArguments, UsageError } from "../command.ts";
import { writeOutput } from "../files.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";

const help = `Usage: flowfusion export FLOW [--pulumi | --graph] [-o FILE]

Writes a flow that runs on a gateway as a Pulumi program in TypeScript, for example one that was built in the console. Then
\`pulumi import\` takes the flow into a stack, and the program has nothing to change.

Options:
      --pulumi          a Pulumi program (the default)
      --graph           the graph as JSON, for flowfusion fuse and simulate
  -o, --output FILE     where to write it (default: standard output)
${gatewayOptionsHelp}
  -h, --help            print this help
`;

export const exportCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      pulumi: { type: "boolean", default: false },
      graph: { type: "boolean", default: false },
      output: { type: "string", short: "o" },
    });
    if (values.pulumi && values.graph) throw new UsageError("--pulumi or --graph, not both");
    const name = parseFlowName(onePositional(positionals, "FLOW"));
    const client = gatewayClient(values);
    const { graph } = readArtefact(await client.flowArtefact(name));
    const builtins = await builtinCatalog();
    const text = values.graph
      ? `${JSON.stringify(graphDocument(graph), null, 2)}\n`
      : flowProgram({ name, graph, builtins });
    if (values.output === undefined) process.stdout.write(text);
    else await writeOutput(values.output, new TextEncoder().encode(text));
    const files = values.graph ? [] : customTypes({ graph, builtins }).map((type) => `${type}.wasm`);
    const hints = [
      ...(values.output === undefined ? [] : [`${values.output} is written.`]),
      ...(files.length === 0 ? [] : [`Put beside it, from where they were built: ${files.join(", ")}.`]),
      ...(values.graph
        ? []
        : [`Take the flow over: pulumi import flowfusion:index:Flow ${name} ${client.endpoint}/v1/flows/${name}`]),
    ];
    if (hints.length > 0) process.stderr.write(`${hints.join("\n")}\n`);
    return exitCodes.ok;
  },
};
