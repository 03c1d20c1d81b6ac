// Errors as gRPC statuses: the one place where what went wrong becomes what the engine is told.
//
// The code matters to the engine: after UNKNOWN or INTERNAL it assumes that the resource may have changed and keeps a
// pending operation; after any other it knows that nothing did. So only an outcome that is truly unknown says so.

import { GatewayError } from "@flowfusion/client";
import { type Diagnostic, type ErrorCode, FlowFusionError } from "@flowfusion/graph";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import type { ResourceRecord } from "./record.ts";
import { toStruct } from "./values.ts";

const codes: { readonly [Code in ErrorCode]?: status } = {
  FF_API_UNAUTHORIZED: status.UNAUTHENTICATED,
  FF_GATEWAY_UNREACHABLE: status.FAILED_PRECONDITION,
  FF_PROVIDER_CHANGED: status.ABORTED,
  FF_PROVIDER_EXISTS: status.ALREADY_EXISTS,
  FF_PROVIDER_FLOW_CHANGED: status.ABORTED,
  FF_PROVIDER_FLOW_EXISTS: status.ALREADY_EXISTS,
  FF_PROVIDER_OUTCOME_UNKNOWN: status.UNKNOWN,
};

/** The resource exists, but something is wrong with it: the engine keeps its state and the reasons. */
export class InitFailed extends Error {
  readonly record: ResourceRecord;

  constructor(record: ResourceRecord) {
    super(record.problems.join("\n"));
    this.record = record;
  }
}

export function toServiceError(error: unknown): ServiceError {
  if (error instanceof InitFailed) return initFailed(error.record);
  if (error instanceof FlowFusionError) {
    return serviceError(codes[error.code] ?? status.FAILED_PRECONDITION, wording(error));
  }
  // That of a signal is a DOMException, that of Node's own timers is none.
  if (error instanceof Error && error.name === "AbortError") {
    return serviceError(status.CANCELLED, "stopped on request; nothing was changed");
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return serviceError(
    status.INTERNAL,
    `the provider failed in a way that it did not foresee; please report this:\n${text}`,
  );
}

function wording(error: FlowFusionError): string {
  const untold = error instanceof GatewayError ? error.untold : [];
  const lines = untold.map((diagnostic) => `\n  ${line(diagnostic)}`);
  const remedy = error.remedy === undefined ? "" : `\n${error.remedy}`;
  return `${error.message}${lines.join("")} [${error.code}]${remedy}`;
}

/** A diagnostic as one line. */
export function line({ path, message, code }: Diagnostic): string {
  return `${path === "" ? "" : `${path}: `}${message} [${code}]`;
}

function serviceError(code: status, details: string, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata });
}

function initFailed(record: ResourceRecord): ServiceError {
  const detail = new providerPb.ErrorResourceInitFailed();
  detail.setId(record.id);
  detail.setProperties(toStruct(record.outputs));
  detail.setInputs(toStruct(record.inputs));
  detail.setReasonsList([...record.problems]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rpcStatus = new statusPb.Status();
  rpcStatus.setCode(status.UNKNOWN);
  rpcStatus.setMessage(record.problems.join("\n"));
  rpcStatus.addDetails(packed);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(rpcStatus.serializeBinary()));
  return serviceError(status.UNKNOWN, record.problems.join("\n"), metadata);
}
