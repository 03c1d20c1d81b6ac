// The NodeModule resource: a node type of the user's own, known to a gateway and to the compiler.

import type { JsonSchema, PortType } from "@flowfusion/graph";
import * as pulumi from "@pulumi/pulumi";
import { requireObject } from "./arguments.ts";
import { type GatewayInput, gatewayInput, isOfType } from "./gateway.ts";
import { type ModuleBuilder, type ModuleManifest, module } from "./module.ts";
import { sdkVersion } from "./version.ts";

/** A module of the user's own, and the gateway that is to know it. */
export interface NodeModuleArgs<M extends ModuleManifest> {
  /** The gateway whose catalogue it goes into; its token needs the role operator. */
  gateway: GatewayInput;
  /** The module, or a component of the node world: the path of its file, from the program's folder, or an asset. */
  source: string | pulumi.asset.Asset;
  /** Name, ports and properties, as a literal, so that the compiler knows them. An up is refused where the module has others. */
  manifest: M;
}

/** A port of a node type. */
export interface NodeModulePort {
  readonly name: string;
  readonly type: PortType;
  readonly doc?: string;
}

/**
 * A WebAssembly module as a node type of a gateway: the console offers it, and flows can run node by node with it. Flows of
 * this program get it from the program's own file, so that the first preview fuses them before anything is uploaded.
 *
 * Deleting it takes the type out of the catalogue. Flows that are made of it run on, and the gateway keeps the module for
 * as long as there is one; the output says so.
 *
 * @example
 *     const median = new ff.NodeModule("median", {
 *       gateway: plant,
 *       source: "median.wasm",
 *       manifest: {
 *         name: "median",
 *         inputs: [{ name: "in", type: "tag" }],
 *         outputs: [{ name: "out", type: "tag" }],
 *         props: { type: "object", properties: { size: { type: "integer" } }, required: ["size"] },
 *       },
 *     });
 *     // nodes: { smooth: median.node({ size: 5 }) }
 */
export class NodeModule<const M extends ModuleManifest = ModuleManifest> extends pulumi.CustomResource {
  static readonly token = "flowfusion:index:NodeModule";

  /** The node type, by the name in the module's manifest. */
  declare readonly type: pulumi.Output<string>;
  /** The module's own version. */
  declare readonly version: pulumi.Output<string>;
  /** sha256 of the module, known in a preview already. */
  declare readonly digest: pulumi.Output<string>;
  /** Its ports, as the module has them. */
  declare readonly ports: pulumi.Output<{
    readonly inputs: readonly NodeModulePort[];
    readonly outputs: readonly NodeModulePort[];
  }>;
  /** JSON Schema of its properties. */
  declare readonly props: pulumi.Output<JsonSchema>;
  /** Size of the module, bytes. */
  declare readonly sizeBytes: pulumi.Output<number>;
  /** Counts the changes of this node type on the gateway. */
  declare readonly generation: pulumi.Output<number>;

  /** Makes a node of this type, for a flow's `nodes`. */
  readonly node: ModuleBuilder<M>;

  /**
   * @param name The resource's name; the node type's is in the manifest.
   * @param args The module, and the gateway that is to know it.
   */
  constructor(name: string, args: NodeModuleArgs<M>, opts?: pulumi.CustomResourceOptions) {
    const where = `NodeModule "${name}"`;
    const { gateway, source, manifest } = requireObject(
      `${where}: the second argument`,
      args,
      "{ gateway, source, manifest }",
    );
    const asset = typeof source === "string" ? new pulumi.asset.FileAsset(source) : source;
    const node = module(manifest, asset);
    super(
      NodeModule.token,
      name,
      {
        gateway: gatewayInput(where, gateway),
        source: asset,
        manifest: { name: manifest.name, inputs: manifest.inputs ?? [], outputs: manifest.outputs ?? [] },
        type: undefined,
        version: undefined,
        digest: undefined,
        ports: undefined,
        props: undefined,
        sizeBytes: undefined,
        generation: undefined,
      },
      pulumi.mergeOptions({ version: sdkVersion }, opts ?? {}),
    );
    this.node = (...props) => ({ ...node(...props), resource: this });
  }

  /** Whether a value is a NodeModule, even one made by another copy of this package. */
  static override isInstance(value: unknown): value is NodeModule {
    return isOfType(value, NodeModule.token);
  }
}
