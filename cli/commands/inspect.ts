// flowfusion inspect: what a node module or a fused flow is, and why it would be refused.

import { inspectFile, type ModuleReport, readArtefact } from "@flowfusion/fusion";
import { graphDocument } from "@flowfusion/graph";
import { type Command, exitCodes, onePositional, readArguments } from "../command.ts";
import { readInput } from "../files.ts";

const help = `Usage: flowfusion inspect FILE.wasm [--json]

Shows a node module (ports, properties, imports, exports, features, size) or a fused flow (graph, modules), and every
reason why it would be refused. Exit code 1 when it would be.

Options:
      --json   print everything as JSON
  -h, --help   print this help
`;

export const inspectCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, { json: { type: "boolean", default: false } });
    const path = onePositional(positionals, "FILE.wasm");
    const wasm = await readInput(path);
    const report = await inspectFile(wasm);
    const isFlow = report.kind === "artefact" && report.refusals.length === 0;
    const artefact = isFlow ? readArtefact(wasm) : undefined;
    if (values.json) {
      const graph = artefact && {
        fuser: artefact.fuser,
        modules: artefact.modules,
        graph: graphDocument(artefact.graph),
      };
      process.stdout.write(`${JSON.stringify({ path, ...report, ...graph }, null, 2)}\n`);
    } else {
      process.stdout.write(`${[...describe(path, report), ...(artefact ? describeGraph(artefact) : [])].join("\n")}\n`);
    }
    return report.refusals.length === 0 ? exitCodes.ok : exitCodes.failed;
  },
};

function describe(path: string, report: ModuleReport): string[] {
  const { kind, digest, sizeBytes, contents, manifest, refusals, isComponent, linksWasiShim } = report;
  const lines = [
    `${path}: ${kind === "artefact" ? "fused flow" : isComponent ? "component, its core module" : "node module"}, ${sizeBytes} bytes`,
    `  digest      ${digest}`,
  ];
  if (manifest) {
    const ports = (list: typeof manifest.inputs) =>
      list.map(({ name, type }) => `${name} (${type})`).join(", ") || "none";
    lines.push(
      `  node        ${manifest.name} ${manifest.version}: ${manifest.doc}`,
      `  inputs      ${ports(manifest.inputs)}`,
      `  outputs     ${manifest.delivers ? `leaves the flow by ${manifest.delivers.to}` : ports(manifest.outputs)}`,
      `  properties  ${Object.keys((manifest.props.properties as object | undefined) ?? {}).join(", ") || "none"}`,
      `  state       ${manifest.stateVersion === 0 ? "none" : `version ${manifest.stateVersion}`}`,
    );
  }
  if (contents) {
    lines.push(
      `  imports     ${contents.imports.map((entry) => `${entry.module}.${entry.name}`).join(", ") || "none"}${linksWasiShim ? "; links the WASI shim" : ""}`,
      `  exports     ${contents.exports.map(({ name }) => name).join(", ")}`,
      `  features    ${contents.features.join(", ") || "none beyond the first version"}`,
      `  code        ${contents.functions} functions, ${contents.codeBytes} bytes; data ${contents.dataBytes} bytes; ${contents.memories.length} memories`,
      `  limits      ${nearest(contents.measures)}`,
    );
  }
  return [
    ...lines,
    ...refusals.map(({ code, path: where, message }) => `  refused     ${where}: ${message} [${code}]`),
  ];
}

/** The measures that come closest to their limits; `--json` has all. */
function nearest(measures: NonNullable<ModuleReport["contents"]>["measures"]): string {
  return [...measures]
    .sort((a, b) => b.value / b.limit - a.value / a.limit)
    .slice(0, 4)
    .map(({ what, value, limit }) => `${value} of ${limit} ${what}`)
    .join(", ");
}

function describeGraph({ graph, fuser, modules }: ReturnType<typeof readArtefact>): string[] {
  return [
    `  fuser       ${fuser}`,
    ...Object.entries(modules).map(([type, digest]) => `  module      ${type} ${digest}`),
    ...graph.nodes.map(({ id, type, props }) => `  node        ${id}: ${type} ${JSON.stringify(props)}`),
    ...graph.wires.map(
      ({ source, sourcePort, target, targetPort }) =>
        `  wire        ${source}.${sourcePort} -> ${target}.${targetPort}`,
    ),
  ];
}
