// One connection to a device, one request at a time: many devices take no more. An answer that comes too late is known by
// its transaction and passed over; what is not Modbus at all ends the connection.

import { connect, type Socket } from "node:net";
import { encodeRequest, type Frame, FrameReader, FramingError, type ReadRequest, readAnswer } from "./frames.ts";

export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export class RequestTimeout extends Error {}

interface Pending {
  readonly transaction: number;
  settle(frame: Frame | Error): void;
}

export class ModbusClient {
  readonly #socket: Socket;
  readonly #requestTimeoutMs: number;
  readonly #reader = new FrameReader();
  #transaction = 0;
  #pending: Pending | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket, requestTimeoutMs: number) {
    this.#socket = socket;
    this.#requestTimeoutMs = requestTimeoutMs;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the device closed the connection")));
  }

  /** Rejects when no connection stands within `connectTimeoutMs`, or when `signal` is aborted. */
  static async connect(options: ClientOptions, signal: AbortSignal): Promise<ModbusClient> {
    const { host, port, connectTimeoutMs, requestTimeoutMs } = options;
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = () => reject(new Error("stopped"));
    const timer = setTimeout(() => reject(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    socket.once("connect", resolve);
    socket.once("error", reject);
    signal.addEventListener("abort", stop);
    try {
      await promise;
      return new ModbusClient(socket, requestTimeoutMs);
    } catch (error) {
      socket.on("error", () => {});
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** Why the connection ended; undefined while it stands. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The bytes asked for. Rejects with an ExceptionAnswer, a RequestTimeout, or what ended the connection. */
  async read(request: ReadRequest): Promise<Uint8Array> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#pending !== undefined) throw new Error("a request is under way");
    const transaction = (this.#transaction + 1) & 0xffff;
    this.#transaction = transaction;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const timer = setTimeout(
      () => this.#pending?.settle(new RequestTimeout(`no answer within ${this.#requestTimeoutMs} ms`)),
      this.#requestTimeoutMs,
    );
    this.#pending = {
      transaction,
      settle: (answer) => {
        clearTimeout(timer);
        this.#pending = undefined;
        if (answer instanceof Error) {
          reject(answer);
          return;
        }
        try {
          resolve(readAnswer(answer, request).slice());
        } catch (error) {
          reject(error);
          if (error instanceof FramingError) this.#fail(error);
        }
      },
    };
    this.#socket.write(encodeRequest(transaction, request));
    return promise;
  }

  close(): void {
    this.#fail(new Error("closed"));
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk, (frame) => {
        if (frame.transaction === this.#pending?.transaction) this.#pending.settle(frame);
      });
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#socket.destroy();
    this.#pending?.settle(error);
  }
}
