// The engine's log: lines in the row of a resource while something happens to it.

import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

export class EngineLog {
  #client: EngineClient | undefined;

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

  /** Losing a line is no error. */
  #log(urn: string, message: string, severity: enginePb.LogSeverity, ephemeral: boolean): void {
    const request = new enginePb.LogRequest();
    request.setSeverity(severity);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    this.#client?.log(request, () => {});
  }
}
