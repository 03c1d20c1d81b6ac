// The engine's log: lines in the row of a resource while something happens to it.

import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

export class EngineLog {
  #client: EngineClient | undefined;
  /** Ends when all lines so far have arrived: each waits for the one before, or they would overtake one another. */
  #arrived: Promise<void> = Promise.resolve();

  connect(address: string): void {
    this.#client?.close();
    this.#client = address === "" ? undefined : new EngineClient(address, credentials.createInsecure());
  }

  /** Shows a line in the resource's row until the next one. */
  ephemeral(urn: string, message: string): void {
    this.#log(urn, message, enginePb.LogSeverity.INFO, true);
  }

  /** Shows text below the rows. */
  info(urn: string, message: string): void {
    this.#log(urn, message, enginePb.LogSeverity.INFO, false);
  }

  /** The same, marked as a warning. */
  warning(urn: string, message: string): void {
    this.#log(urn, message, enginePb.LogSeverity.WARNING, false);
  }

  /** Resolves when all lines so far are with the engine. What comes after the end of an operation is not shown. */
  arrived(): Promise<void> {
    return this.#arrived;
  }

  /** Losing a line is no error. */
  #log(urn: string, message: string, severity: enginePb.LogSeverity, ephemeral: boolean): void {
    const request = new enginePb.LogRequest();
    request.setSeverity(severity);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    const client = this.#client;
    if (client === undefined) return;
    this.#arrived = this.#arrived.then(() => new Promise((resolve) => client.log(request, () => resolve())));
  }
}
