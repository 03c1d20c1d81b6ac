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

  /** Shows a line in the resource's row until the next one. Losing it is no error. */
  ephemeral(urn: string, message: string): void {
    const request = new enginePb.LogRequest();
    request.setSeverity(enginePb.LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(message);
    request.setEphemeral(true);
    this.#client?.log(request, () => {});
  }
}
