// The Connection resource: where sinks send to, with credentials that no flow holds.

import * as pulumi from "@pulumi/pulumi";
import { requireObject } from "./arguments.ts";
import { type GatewayInput, gatewayInput, isOfType } from "./gateway.ts";
import { sdkVersion } from "./version.ts";

interface CommonArgs {
  /** The gateway that keeps it; its token needs the role admin. */
  gateway: GatewayInput;
  /** The connection's name on the gateway; the resource's name when absent. Changing it replaces the connection. */
  name?: pulumi.Input<string>;
  /** Without credentials: `mqtts://`, `https://` and `tls://` are encrypted. */
  url: pulumi.Input<string>;
  /** Logs in with this name and the secret `password`. */
  username?: pulumi.Input<string>;
  tls?: pulumi.Input<ConnectionTls>;
}

/** What a connection trusts, and shows of itself. */
export interface ConnectionTls {
  /** Authorities to trust in place of the public ones, PEM. */
  ca?: pulumi.Input<string>;
  /** The client's certificate, PEM; its key is among the secrets. */
  cert?: pulumi.Input<string>;
  /** The name that the server's certificate must have, where that is not the URL's host. */
  serverName?: pulumi.Input<string>;
}

/** A broker, for `ff.mqtt({ connection: … })`. */
export interface MqttConnectionArgs extends CommonArgs {
  kind: "mqtt";
  /** Write-only: the gateway seals them and shows their names alone. */
  secrets?: {
    /** Of `username`. */
    password?: pulumi.Input<string>;
    /** Of `tls.cert`, PEM. */
    key?: pulumi.Input<string>;
  };
}

/** A web server, for `ff.http({ connection: … })`. */
export interface HttpConnectionArgs extends CommonArgs {
  kind: "http";
  /** Write-only: the gateway seals them and shows their names alone. */
  secrets?: {
    /** Of `username`. */
    password?: pulumi.Input<string>;
    /** Sent as bearer token; not beside a `username`. */
    token?: pulumi.Input<string>;
    /** Of `tls.cert`, PEM. */
    key?: pulumi.Input<string>;
    /** More headers, such as an API key. */
    headers?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  };
}

/** A NATS server, for `ff.nats({ connection: … })`. */
export interface NatsConnectionArgs extends CommonArgs {
  kind: "nats";
  /** Write-only: the gateway seals them and shows their names alone. */
  secrets?: {
    /** Of `username`. */
    password?: pulumi.Input<string>;
    /** The token of NATS; not beside a `username`. */
    token?: pulumi.Input<string>;
    /** Of `tls.cert`, PEM. */
    key?: pulumi.Input<string>;
  };
}

/** A connection of one of three kinds, told apart by `kind`. */
export type ConnectionArgs = MqttConnectionArgs | HttpConnectionArgs | NatsConnectionArgs;

/**
 * An endpoint with credentials, under a name that sinks refer to. A change reaches the flows that send with it at once, and
 * what waits in their sinks is kept; deleting it is refused while a flow names it.
 *
 * @example
 *     const historian = new ff.Connection("historian", {
 *       gateway: plant,
 *       kind: "mqtt",
 *       url: "mqtts://historian.example:8883",
 *       username: "press",
 *       secrets: { password: config.requireSecret("historianPassword") },
 *     });
 *     // nodes: { out: ff.mqtt({ connection: historian.name, topic: "plant/{topic}" }) }
 */
export class Connection extends pulumi.CustomResource {
  static readonly token = "flowfusion:index:Connection";

  /** The connection's name on the gateway: what a sink's `connection` says. */
  declare readonly name: pulumi.Output<string>;
  declare readonly kind: pulumi.Output<ConnectionArgs["kind"]>;
  declare readonly url: pulumi.Output<string>;
  declare readonly username: pulumi.Output<string | undefined>;
  declare readonly tls: pulumi.Output<pulumi.Unwrap<ConnectionTls> | undefined>;
  /** Counts the changes of this connection on the gateway. */
  declare readonly generation: pulumi.Output<number>;

  /**
   * @param name The resource's name, and the connection's unless `args.name` is set.
   * @param args Where it leads, and how to be let in there.
   */
  constructor(name: string, args: ConnectionArgs, opts?: pulumi.CustomResourceOptions) {
    const where = `Connection "${name}"`;
    const { gateway, secrets, ...settings } = requireObject(
      `${where}: the second argument`,
      args,
      "{ gateway, kind, url }",
    );
    super(
      Connection.token,
      name,
      {
        ...settings,
        name: args.name,
        gateway: gatewayInput(where, gateway),
        ...(secrets === undefined ? {} : { secrets: hidden(secrets) }),
        generation: undefined,
      },
      pulumi.mergeOptions({ version: sdkVersion }, opts ?? {}),
    );
  }

  /** Whether a value is a Connection, even one made by another copy of this package. */
  static override isInstance(value: unknown): value is Connection {
    return isOfType(value, Connection.token);
  }
}

/** Each by itself, so that a preview can name the one that changes. */
export function hidden(secrets: { readonly [name: string]: unknown }): pulumi.Inputs {
  const given = Object.entries(secrets).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, pulumi.secret(value)]));
}
