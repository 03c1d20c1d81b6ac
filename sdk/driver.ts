// The Driver resource: what reads a device for a gateway.

import * as pulumi from "@pulumi/pulumi";
import { requireObject } from "./arguments.ts";
import { hidden } from "./connection.ts";
import { type GatewayInput, gatewayInput, isOfType } from "./gateway.ts";
import type { DriverDeclaration } from "./generated/drivers.ts";
import { sdkVersion } from "./version.ts";

/** A driver of one of the kinds, told apart by `kind`, and where it runs. */
export type DriverArgs = DriverDeclaration & {
  /** The gateway that runs it; its token needs the role operator. */
  gateway: GatewayInput;
  /**
   * The driver's name on the gateway, which is the source of its updates; the resource's name when absent. Changing it
   * replaces the driver: the new one starts before the old one ends, so that for a moment both send.
   */
  name?: pulumi.Input<string>;
  /** Whether it is to run; true when absent. */
  enabled?: pulumi.Input<boolean>;
};

/**
 * A driver: a process of its own on the gateway that reads a device and sends what it reads as tags. An up waits until it
 * runs; a device that does not answer is said and is no failure, as it may be switched off.
 *
 * @example
 *     const line = new ff.Driver("line-1", {
 *       gateway: plant,
 *       kind: "modbus",
 *       config: {
 *         host: "192.168.10.20",
 *         groups: [{ pollIntervalMs: 500, tags: [{ tag: "boiler/1/temp", address: 0, type: "int16", scale: 0.1 }] }],
 *       },
 *     });
 */
export class Driver extends pulumi.CustomResource {
  static readonly token = "flowfusion:index:Driver";

  /** The driver's name on the gateway. */
  declare readonly name: pulumi.Output<string>;
  declare readonly kind: pulumi.Output<DriverDeclaration["kind"]>;
  declare readonly enabled: pulumi.Output<boolean | undefined>;
  /** Counts the changes of this driver on the gateway. */
  declare readonly generation: pulumi.Output<number>;

  /**
   * @param name The resource's name, and the driver's unless `args.name` is set.
   * @param args The kind of driver, and what it is to read.
   */
  constructor(name: string, args: DriverArgs, opts?: pulumi.CustomResourceOptions) {
    const where = `Driver "${name}"`;
    const { gateway, secrets, ...settings } = requireObject(
      `${where}: the second argument`,
      args,
      "{ gateway, kind, config }",
    );
    super(
      Driver.token,
      name,
      {
        ...settings,
        name: args.name,
        enabled: args.enabled,
        gateway: gatewayInput(where, gateway),
        ...(secrets === undefined ? {} : { secrets: hidden(secrets) }),
        generation: undefined,
      },
      pulumi.mergeOptions({ version: sdkVersion }, opts ?? {}),
    );
  }

  /** Whether a value is a Driver, even one made by another copy of this package. */
  static override isInstance(value: unknown): value is Driver {
    return isOfType(value, Driver.token);
  }
}
