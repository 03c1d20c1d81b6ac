// The shapes of the catalogue: the node types that a flow on this gateway may be made of, each with its manifest.

import type { Diagnostic, JsonSchema, NodeManifest } from "@flowfusion/graph";
import type { Static } from "typebox";
import * as Type from "typebox";
import { Count, closed, Instant } from "./basic-schemas.ts";
import { DigestText, Generation, List, next } from "./schemas.ts";

export const NodeTypeName = Type.String({
  pattern: "^[a-z][a-z0-9_-]{0,62}$",
  description: "What a node's `type` says.",
});

const Port = Type.Object({
  name: Type.String(),
  type: Type.Union([Type.Literal("tag"), Type.Literal("message"), Type.Literal("any")]),
  doc: Type.Optional(Type.String()),
  optional: Type.Optional(Type.Boolean({ description: "An input that needs no wire." })),
});

const Manifest = Type.Unsafe<NodeManifest>(
  Type.Object(
    {
      contract: Type.Literal(1),
      name: Type.String(),
      version: Type.String(),
      doc: Type.String(),
      inputs: List(Port),
      outputs: List(Port),
      props: Type.Unsafe<JsonSchema>(
        Type.Record(Type.String(), Type.Unknown(), { description: "JSON Schema of the properties." }),
      ),
      stateVersion: Type.Integer({ minimum: 0, description: "0 for a node without state." }),
      acceptsStateFrom: Type.Optional(Type.Integer({ minimum: 0 })),
      subscribes: Type.Optional(Type.Object({ property: Type.String() })),
      delivers: Type.Optional(Type.Object({ to: Type.String() })),
      expressions: Type.Optional(Type.Object({ property: Type.String(), result: Type.Optional(Type.String()) })),
    },
    { description: "What the module says of itself, see docs/architecture/node-contract.md." },
  ),
);

export const NodeType = Type.Object({
  name: NodeTypeName,
  source: Type.Union([Type.Literal("built-in"), Type.Literal("uploaded")]),
  module: DigestText,
  sizeBytes: Type.Integer({ minimum: 0 }),
  manifest: Manifest,
  uploaded: Type.Optional(
    Type.Object(
      { generation: Generation, at: Instant, by: Type.String() },
      { description: "Of an uploaded type; the generation is its ETag." },
    ),
  ),
});
export type NodeType = Static<typeof NodeType>;
export const NodeTypePage = Type.Object({ items: List(NodeType), next });
export type NodeTypePage = Static<typeof NodeTypePage>;

export const ModuleInspection = Type.Object(
  {
    kind: Type.Union([Type.Literal("node"), Type.Literal("artefact")], {
      description: "A fused flow carries its graph; whatever does not is looked at as a node.",
    }),
    digest: DigestText,
    sizeBytes: Count,
    manifest: Type.Optional(Manifest),
    features: List(Type.String(), { description: "Used beyond the first version of WebAssembly." }),
    imports: List(Type.String(), { description: "As module.name." }),
    linksWasiShim: Type.Boolean({ description: "It imports WASI functions, which fusion gives it." }),
    measures: List(Type.Object({ what: Type.String(), value: Type.Number(), limit: Type.Number() })),
    refusals: List(
      Type.Unsafe<Diagnostic>(Type.Object({ code: Type.String(), path: Type.String(), message: Type.String() })),
      { description: "Why the module would be refused; empty when it would be taken." },
    ),
  },
  { description: "What a module is; what cannot be read is absent or empty." },
);
export type ModuleInspection = Static<typeof ModuleInspection>;

export const NodeTypeBody = Type.Object(
  { module: Type.Unsafe<Static<typeof DigestText>>({ ...DigestText, description: "Of a module in the store." }) },
  closed,
);
