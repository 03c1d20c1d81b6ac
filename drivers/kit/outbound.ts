// Holds a driver's process to where the gateway lets it connect, whatever library connects and whatever a device or the DNS
// says: each address is checked as it is tried, and a socket to another one is destroyed before anything is sent. The
// gateway has checked the endpoint of the configuration before; a name may lead elsewhere since.

import { Socket } from "node:net";
import { OutboundPolicy, type OutboundRules, parseAddress } from "@flowfusion/transport";

class OutboundError extends Error {
  readonly code = "FF_OUTBOUND_REFUSED";
}

/**
 * `push`: the gateway itself, which is reached whatever the rules say. `onRefusal` is told before whoever connects is.
 * Gives what takes the guard off again.
 */
export function guardOutbound(
  rules: OutboundRules,
  push: string,
  onRefusal: (refusal: string) => void = () => {},
): () => void {
  const policy = new OutboundPolicy(rules);
  const gateway = parseAddress(push);
  const isGateway = (host: string, port: number) =>
    gateway.scheme === "tcp" && gateway.host === host && gateway.port === port;
  const { connect } = Socket.prototype;

  function watch(socket: Socket): void {
    /** By address, the name that it was found under. */
    const names = new Map<string, string>();
    socket.on("lookup", (_error, address, _family, host) => names.set(address, host));
    socket.on("connectionAttempt", (address, port?: number) => {
      // A path on this machine has none.
      if (port === undefined) return;
      const host = names.get(address) ?? address;
      if (isGateway(host, port)) return;
      const refusal = policy.refusalOfAddress(host, address, port);
      // Right after the attempt was begun, so before it can have come to anything.
      if (refusal === undefined) return;
      process.nextTick(() => {
        onRefusal(refusal);
        socket.destroy(new OutboundError(refusal));
      });
    });
  }

  Socket.prototype.connect = function (this: Socket, ...parameters: unknown[]) {
    watch(this);
    return Reflect.apply(connect, this, parameters);
  } as typeof connect;
  return () => {
    Socket.prototype.connect = connect;
  };
}
