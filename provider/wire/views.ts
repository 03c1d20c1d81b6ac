// Tells the engine about a flow's nodes and wires: rows of their own in preview, up, refresh and destroy.
//
// The request is encoded by hand around Pulumi's stubs, because the stub of ViewStep cannot serialise a non-empty
// detailedDiff. protobuf lets fields follow in any order, so the map's entries are appended to what the stub wrote:
//
//   PublishViewStepsRequest  1 token · 2 steps (repeated ViewStep)
//   ViewStep                 … · 10 detailedDiff entries { 1 key, 2 PropertyDiff } · 11 hasDetailedDiff

import { Client, credentials } from "@grpc/grpc-js";
import type providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/resource_status_pb.js";
import { type PropertyChange, propertyDiff } from "./diff.ts";
import { fromStruct, toStruct, type WireObject } from "./values.ts";

/** A row of its own below a resource's. */
export interface View {
  readonly type: string;
  /** Unique in the stack: led by the resource's name, or two flows with equal node ids would share their rows. */
  readonly name: string;
  readonly inputs: WireObject;
}

type ViewOp = "same" | "create" | "update" | "delete" | "import";

export interface ViewStep {
  readonly op: ViewOp;
  readonly type: string;
  readonly name: string;
  readonly old?: View;
  readonly new?: View;
  /** What differs, with paths relative to the view. */
  readonly changes: readonly PropertyChange[];
}

const ops = {
  same: statusPb.ViewStep.Op.SAME,
  create: statusPb.ViewStep.Op.CREATE,
  update: statusPb.ViewStep.Op.UPDATE,
  delete: statusPb.ViewStep.Op.DELETE,
  import: statusPb.ViewStep.Op.IMPORT,
} as const satisfies Record<ViewOp, number>;

/** Where one request wants its views published. */
export interface ViewTarget {
  readonly address: string;
  readonly token: string;
}

export function viewTarget(request: {
  getResourceStatusAddress(): string;
  getResourceStatusToken(): string;
}): ViewTarget {
  return { address: request.getResourceStatusAddress(), token: request.getResourceStatusToken() };
}

export function oldViews(request: { getOldViewsList(): providerPb.View[] }): View[] {
  return request.getOldViewsList().map((view) => ({
    type: view.getType(),
    name: view.getName(),
    inputs: fromStruct(view.getInputs()),
  }));
}

/** The engine's ear for rows; the connection is made once, since each operation of a run has the same. */
export class EngineViews {
  readonly #clients = new Map<string, Client>();

  /** Does nothing where there is nothing to say or nobody to say it to, as in `pulumi import`. */
  async publish({ address, token }: ViewTarget, steps: readonly ViewStep[]): Promise<void> {
    if (address === "" || token === "" || steps.length === 0) return;
    const client = this.#clients.get(address) ?? new Client(address, credentials.createInsecure());
    this.#clients.set(address, client);
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(
        "/pulumirpc.ResourceStatus/PublishViewSteps",
        (bytes: Buffer) => bytes,
        () => undefined,
        encodeRequest(token, steps),
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }
}

export function encodeRequest(token: string, steps: readonly ViewStep[]): Buffer {
  const request = new statusPb.PublishViewStepsRequest();
  request.setToken(token);
  return Buffer.concat([request.serializeBinary(), ...steps.map((step) => field(2, encodeStep(step)))]);
}

function encodeStep(step: ViewStep): Uint8Array {
  const message = new statusPb.ViewStep();
  message.setStatus(statusPb.ViewStep.Status.OK);
  message.setOp(ops[step.op]);
  message.setType(step.type);
  message.setName(step.name);
  if (step.old) message.setOld(viewState(step.old));
  if (step.new) message.setNew(viewState(step.new));
  message.setDiffsList([...new Set(step.changes.map(({ key }) => key))]);
  message.setHasDetailedDiff(step.changes.length > 0);
  return Buffer.concat([message.serializeBinary(), ...step.changes.map((change) => field(10, encodeChange(change)))]);
}

function encodeChange(change: PropertyChange): Uint8Array {
  return Buffer.concat([field(1, Buffer.from(change.path)), field(2, propertyDiff(change).serializeBinary())]);
}

function viewState(view: View): statusPb.ViewStepState {
  const state = new statusPb.ViewStepState();
  state.setType(view.type);
  state.setName(view.name);
  state.setInputs(toStruct(view.inputs));
  state.setOutputs(toStruct(view.inputs));
  return state;
}

/** A length-delimited field. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  const head: number[] = [(number << 3) | 2];
  let length = bytes.length;
  for (; length > 0x7f; length >>>= 7) head.push((length & 0x7f) | 0x80);
  return Buffer.concat([Uint8Array.from([...head, length]), bytes]);
}
