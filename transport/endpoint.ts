// Where connections come from: a listener that accepts them, or a dialer that keeps one alive.

import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type LookupFunction, type Server, type Socket } from "node:net";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import { type BackoffPolicy, backoffDefault, backoffMs } from "./backoff.ts";
import { TransportError } from "./errors.ts";

export interface Endpoint {
  /** With the port that was bound, where 0 was asked for. */
  readonly address: string;
  /** Accepts and dials no more; connections that stand are the caller's to close. */
  close(): Promise<void>;
}

/** What a dialer takes from outside; tests hold time and chance still with it. */
export interface DialOptions {
  /** Where names lead to; what the system says by default. */
  readonly lookup?: LookupFunction | undefined;
  readonly reconnect?: Partial<BackoffPolicy>;
  /** Gives [0, 1); `Math.random` by default. */
  readonly random?: () => number;
  /** Runs `action` after `delayMs`; returns what cancels it. `setTimeout` by default. */
  readonly schedule?: (action: () => void, delayMs: number) => () => void;
}

/** Who takes the connections; `Peers` is one. */
export interface ConnectionOwner {
  /** Called with each connection that stands. Calls `ready` once the handshake is complete. */
  attach(socket: Socket, ready?: () => void): void;
  /** An attempt to dial or to accept failed. */
  connectFailed(error: Error): void;
}

/**
 * Binds and listens. Rejects with a TransportError (`FF_TRANSPORT_LISTEN`). An IPC socket file that nobody listens on
 * is removed first; its access rights follow the umask, as for any file.
 */
export async function listenAt(text: string, owner: ConnectionOwner): Promise<Endpoint> {
  const address = parseAddress(text);
  const server = createServer((socket) => owner.attach(socket));
  try {
    await bind(server, address);
  } catch (error) {
    const isStale = address.scheme === "ipc" && codeOf(error) === "EADDRINUSE" && (await removeStale(address.path));
    if (!isStale) throw listenError(text, error);
    await bind(server, address).catch((again) => {
      throw listenError(text, again);
    });
  }
  server.on("error", (error) => owner.connectFailed(error));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  return {
    address: formatAddress(address.scheme === "tcp" ? { ...address, port } : address),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Connects, and connects again whenever the connection fails or ends, until closed. */
export function dialAt(text: string, owner: ConnectionOwner, options: DialOptions = {}): Endpoint {
  const address = parseAddress(text);
  const { lookup } = options;
  const policy = { ...backoffDefault, ...options.reconnect };
  const random = options.random ?? Math.random;
  const schedule = options.schedule ?? scheduleWithTimer;
  let failures = 0;
  let isClosed = false;
  let connecting: Socket | undefined;
  let cancel = () => {};

  const attempt = () => {
    const socket = address.scheme === "tcp" ? connect({ ...address, lookup }) : connect(address.path);
    connecting = socket;
    socket.once("error", (error) => {
      if (connecting === socket) owner.connectFailed(error);
    });
    socket.once("connect", () => {
      connecting = undefined;
      owner.attach(socket, () => {
        failures = 0;
      });
    });
    socket.once("close", () => {
      if (isClosed) return;
      failures++;
      cancel = schedule(attempt, backoffMs(failures, policy, random));
    });
  };
  attempt();

  return {
    address: formatAddress(address),
    close: async () => {
      isClosed = true;
      cancel();
      connecting?.destroy();
    },
  };
}

function scheduleWithTimer(action: () => void, delayMs: number): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}

function bind(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(
      address.scheme === "tcp" ? { host: address.host, port: address.port } : { path: address.path },
      () => {
        server.off("error", reject);
        resolve();
      },
    );
  });
}

/** Removes the file when it is a socket on which nobody listens. */
async function removeStale(path: string): Promise<boolean> {
  const entry = await lstat(path).catch(() => undefined);
  if (entry === undefined) return true;
  if (!entry.isSocket() || (await answers(path))) return false;
  await unlink(path).catch(() => {}); // Gone already is as good; anything else shows when binding again.
  return true;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error) => resolve(codeOf(error) !== "ECONNREFUSED"));
  });
}

function listenError(text: string, error: unknown): TransportError {
  const why = codeOf(error) === "EADDRINUSE" ? "the address is in use" : String((error as Error).message);
  return new TransportError("FF_TRANSPORT_LISTEN", text, `cannot listen on ${text}: ${why}`, error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
