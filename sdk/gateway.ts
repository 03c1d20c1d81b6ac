// The Gateway resource, and how other resources say which gateway they are on.

import * as pulumi from "@pulumi/pulumi";
import { requireObject } from "./arguments.ts";
import type { FlowOptions } from "./flow-options.ts";
import { sdkVersion } from "./version.ts";

/** Where a gateway is and how to be let in. */
export interface GatewayAccess {
  /** Base URL of the gateway's API, for example `http://127.0.0.1:7480`. */
  endpoint: pulumi.Input<string>;
  /** A token of the gateway, with the role that the resource needs. Kept as a secret whether or not it comes as one. */
  token: pulumi.Input<string>;
  /** The certificates, in PEM, of the authorities that may have signed the gateway's; the public ones when absent. */
  ca?: pulumi.Input<string>;
  /** The sha256 of the gateway's certificate, 64 hexadecimal digits: trusted whoever signed it. */
  fingerprint?: pulumi.Input<string>;
  /** A certificate, in PEM, to show to a gateway that asks for one. */
  clientCert?: pulumi.Input<string>;
  /** The key of `clientCert`, in PEM. Kept as a secret whether or not it comes as one. */
  clientKey?: pulumi.Input<string>;
  /**
   * The id of the gateway. Where it is given, nothing is ever sent to another gateway, and a gateway whose address changes
   * stays the same one. A {@link Gateway} brings it along.
   */
  identity?: pulumi.Input<string>;
  /** Options of all flows on this gateway; a flow's own come before them. */
  flowOptions?: pulumi.Input<FlowOptions>;
}

/** What a gateway grants to flows, as its configuration file says. */
export interface GatewayLimits {
  /** The largest `Flow.wasm`, bytes. */
  artefactBytesMax?: pulumi.Input<number>;
  /** Fuel that each message brings, about one unit an instruction. */
  fuelPerMessage?: pulumi.Input<number>;
  /** Fuel granted for each call into a flow, beyond what its messages bring. */
  fuelBurst?: pulumi.Input<number>;
  /** The most memory of one node, in pages of 64 KiB. */
  maxPagesPerMemory?: pulumi.Input<number>;
}

/** How a gateway is reached, what is demanded of it, and what its flows have in common. */
export interface GatewayArgs extends Omit<GatewayAccess, "identity"> {
  /** The id that the gateway must have; when absent, that of the gateway which answers first. */
  identity?: pulumi.Input<string>;
  /** The oldest version that will do, `0.1.0`. */
  minimumVersion?: pulumi.Input<string>;
  /**
   * The limits that the gateway's configuration file must have; those that are left out may be what they are. An up fails
   * while they differ, and a refresh shows those that do.
   */
  limits?: pulumi.Input<GatewayLimits>;
  /** How long an up waits until the gateway answers, ms; 60,000 when absent. */
  waitMs?: pulumi.Input<number>;
}

/**
 * A gateway that flows run on. Install it with a package, a container or systemd; the resource waits until it answers,
 * holds it to what is declared here, and is what others refer to: `new ff.Flow("boiler", { gateway: plant, … })`.
 *
 * @example
 *     const plant = new ff.Gateway("plant", {
 *       endpoint: "https://gateway.plant.example:7480",
 *       token: config.requireSecret("token"),
 *       ca: fs.readFileSync("plant-ca.pem", "utf8"),
 *       flowOptions: { healthGateMs: 30_000 },
 *     });
 */
export class Gateway extends pulumi.CustomResource {
  static readonly token = "flowfusion:index:Gateway";

  declare readonly endpoint: pulumi.Output<string>;
  /** Secret. */
  declare readonly token: pulumi.Output<string>;
  declare readonly ca: pulumi.Output<string | undefined>;
  declare readonly fingerprint: pulumi.Output<string | undefined>;
  declare readonly clientCert: pulumi.Output<string | undefined>;
  /** Secret. */
  declare readonly clientKey: pulumi.Output<string | undefined>;
  declare readonly flowOptions: pulumi.Output<FlowOptions | undefined>;
  /** The gateway's id, drawn when its data folder was made. */
  declare readonly identity: pulumi.Output<string>;
  /** Version of the gateway's software. */
  declare readonly version: pulumi.Output<string>;
  /** Where drivers push tag updates to. */
  declare readonly addresses: pulumi.Output<string[]>;
  /** What it grants to flows. */
  declare readonly limits: pulumi.Output<{ [Name in keyof GatewayLimits]-?: number }>;
  /** All that another resource needs as its `gateway`, for programs that hand it on. Secret. */
  declare readonly access: pulumi.Output<pulumi.Unwrap<GatewayAccess>>;

  /** What other resources get as `gateway`: the token alone a secret, and no field that was not given. */
  readonly reach: GatewayAccess;

  /**
   * @param name The resource's name.
   * @param args How the gateway is reached, and what is demanded of it.
   */
  constructor(name: string, args: GatewayArgs, opts?: pulumi.CustomResourceOptions) {
    const { token, clientKey, ...readable } = requireObject(
      `Gateway "${name}": the second argument`,
      args,
      "{ endpoint, token }",
    );
    super(
      Gateway.token,
      name,
      {
        ...readable,
        token: pulumi.secret(token),
        ...(clientKey === undefined ? {} : { clientKey: pulumi.secret(clientKey) }),
        identity: args.identity,
        limits: args.limits,
        version: undefined,
        addresses: undefined,
        access: undefined,
      },
      pulumi.mergeOptions({ version: sdkVersion }, opts ?? {}),
    );
    const given = accessFields.filter((field) => args[field] !== undefined);
    this.reach = {
      endpoint: this.endpoint,
      token: this.token,
      ...Object.fromEntries(given.map((field) => [field, this[field]])),
      identity: this.identity,
    };
  }

  /** Whether a value is a Gateway, even one made by another copy of this package. */
  static override isInstance(value: unknown): value is Gateway {
    return isOfType(value, Gateway.token);
  }
}

const accessFields = ["ca", "fingerprint", "clientCert", "clientKey", "flowOptions"] as const;

/** The `gateway` of a resource: a {@link Gateway}, or where one is and how to be let in. */
export type GatewayInput = Gateway | pulumi.Input<GatewayAccess>;

/** As Pulumi gets it. Token and key alone are marked as secrets where the fields can be seen, so that the rest stays readable. */
export function gatewayInput(where: string, gateway: GatewayInput): pulumi.Input<GatewayAccess> {
  if (Gateway.isInstance(gateway)) return gateway.reach;
  const given = requireObject(
    `${where}: gateway`,
    gateway as pulumi.Input<GatewayAccess>,
    "a Gateway or { endpoint, token }",
  );
  if (pulumi.Output.isInstance(given) || given instanceof Promise) return pulumi.output(given).apply(withSecrets);
  return withSecrets(given as GatewayAccess);
}

function withSecrets({ token, clientKey, ...readable }: GatewayAccess): GatewayAccess {
  return {
    ...readable,
    token: pulumi.secret(token),
    ...(clientKey === undefined ? {} : { clientKey: pulumi.secret(clientKey) }),
  };
}

/** Whether a value is a resource of this type, even one made by another copy of this package. */
export function isOfType(value: unknown, token: string): boolean {
  return typeof value === "object" && value !== null && "__pulumiType" in value && value.__pulumiType === token;
}
