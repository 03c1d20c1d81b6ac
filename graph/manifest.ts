// Reads what a node module says of itself: the JSON in its custom section `flowfusion:manifest`. The section may come
// from anybody's toolchain, so shape, sizes and contradictions are checked before anything relies on it.

import { Diagnostics } from "./diagnostics.ts";
import { graphLimits } from "./limits.ts";
import { pathOf } from "./names.ts";
import { checkAgainst, compileSchema } from "./schema.ts";
import { type JsonSchema, type NodeManifest, type PortSpec, sinkKinds } from "./types.ts";
import { isRecord, readProps } from "./values.ts";

const name: JsonSchema = { type: "string", pattern: "^[a-z][a-z0-9_-]{0,62}$" };
const text: JsonSchema = { type: "string", maxLength: 4_096 };
const stateVersion: JsonSchema = { type: "integer", minimum: 0, maximum: graphLimits.stateVersionMax };

const ports: JsonSchema = {
  type: "array",
  maxItems: graphLimits.portsPerSideMax,
  items: {
    type: "object",
    properties: { name, type: { enum: ["tag", "message", "any"] }, doc: text, optional: { type: "boolean" } },
    required: ["name", "type"],
    additionalProperties: false,
  },
};

const manifestSchema: JsonSchema = {
  type: "object",
  properties: {
    contract: { const: 1 },
    name,
    version: { type: "string", pattern: "^\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}(-[0-9A-Za-z.-]{1,64})?$" },
    doc: text,
    inputs: ports,
    outputs: ports,
    props: { type: "object", properties: { type: { const: "object" } }, required: ["type"] },
    stateVersion,
    acceptsStateFrom: stateVersion,
    replacesState: { type: "boolean" },
    subscribes: {
      type: "object",
      properties: { property: { type: "string", minLength: 1 } },
      required: ["property"],
      additionalProperties: false,
    },
    delivers: {
      type: "object",
      properties: { to: { enum: sinkKinds } },
      required: ["to"],
      additionalProperties: false,
    },
    expressions: {
      type: "object",
      properties: {
        property: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]{0,62}(\\[\\]\\.[A-Za-z_][A-Za-z0-9_]{0,62})?$" },
        result: { enum: ["boolean"] },
      },
      required: ["property"],
      additionalProperties: false,
    },
  },
  required: ["contract", "name", "version", "doc", "inputs", "outputs", "props", "stateVersion"],
  additionalProperties: false,
};

/** Reads the bytes of a manifest section. Throws FF_MODULE_MANIFEST with every problem. */
export function parseManifest(json: Uint8Array): NodeManifest {
  const diagnostics = new Diagnostics();
  const manifest = checkShape(readJson(json, diagnostics), diagnostics);
  diagnostics.throwIfAny("FF_MODULE_MANIFEST", "The module's manifest");
  checkPorts(manifest, diagnostics);
  checkState(manifest, diagnostics);
  checkProps(manifest, diagnostics);
  diagnostics.throwIfAny("FF_MODULE_MANIFEST", "The module's manifest");
  return manifest;
}

function readJson(json: Uint8Array, diagnostics: Diagnostics): unknown {
  const allowed = graphLimits.manifestBytesMax;
  if (json.length > allowed) {
    diagnostics.report("FF_MODULE_MANIFEST", "", () => `${json.length} bytes given, ${allowed} allowed`);
  } else {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
    } catch (cause) {
      diagnostics.report("FF_MODULE_MANIFEST", "", () => `not JSON in UTF-8: ${(cause as Error).message}`);
    }
  }
  diagnostics.throwIfAny("FF_MODULE_MANIFEST", "The module's manifest");
  return undefined;
}

/** What comes back may be trusted as a manifest only when nothing was reported. */
function checkShape(document: unknown, diagnostics: Diagnostics): NodeManifest {
  // Depth and key names first: no schema rule should meet `__proto__` or a tower of lists.
  if (readProps(document, [], diagnostics) !== undefined) {
    for (const { at, message } of checkAgainst(compileSchema(manifestSchema), document)) {
      diagnostics.report("FF_MODULE_MANIFEST", pathOf(...at), () => message);
    }
  }
  return document as NodeManifest;
}

function checkPorts(manifest: NodeManifest, diagnostics: Diagnostics): void {
  const { inputs, outputs, subscribes, delivers, props } = manifest;
  const fail = (path: string, message: string) => diagnostics.report("FF_MODULE_MANIFEST", path, () => message);
  for (const [side, list] of [
    ["inputs", inputs],
    ["outputs", outputs],
  ] as const) {
    for (const [index, port] of repeated(list)) fail(pathOf(side, index, "name"), `\`${port.name}\` is there twice`);
  }
  if (delivers !== undefined && outputs.length > 0) {
    fail("outputs", `${outputs.length} given, 0 allowed for a node that delivers: what it emits goes to the sink`);
  }
  if (subscribes === undefined) return;
  if (inputs.length > 0) {
    fail("inputs", `${inputs.length} given, 0 allowed for a node that subscribes: the gateway feeds it`);
  }
  const known = isRecord(props.properties) ? props.properties : {};
  if (!Object.hasOwn(known, subscribes.property)) {
    fail("subscribes.property", `\`${subscribes.property}\` is no property in \`props\``);
  }
}

const repeated = (list: readonly PortSpec[]): [number, PortSpec][] =>
  [...list.entries()].filter(([index, port]) => list.findIndex((other) => other.name === port.name) < index);

function checkState({ stateVersion, acceptsStateFrom }: NodeManifest, diagnostics: Diagnostics): void {
  if (acceptsStateFrom === undefined || acceptsStateFrom <= stateVersion) return;
  diagnostics.report("FF_MODULE_MANIFEST", "acceptsStateFrom", () => {
    return `${acceptsStateFrom} given, at most ${stateVersion} (\`stateVersion\`) allowed`;
  });
}

function checkProps({ props }: NodeManifest, diagnostics: Diagnostics): void {
  try {
    // Run once, because a schema that refers to itself without end shows only then.
    compileSchema(props)({});
  } catch (cause) {
    diagnostics.report("FF_MODULE_MANIFEST", "props", () => `not a valid JSON Schema: ${(cause as Error).message}`);
  }
}
