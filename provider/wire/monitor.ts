// The engine's ear for resources that a component consists of.

import { credentials } from "@grpc/grpc-js";
import type aliasPb from "@pulumi/pulumi/proto/alias_pb.js";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resourcePb from "@pulumi/pulumi/proto/resource_pb.js";
import { fromStruct, toStruct, type WireObject } from "./values.ts";

export interface Registration {
  readonly type: string;
  readonly name: string;
  /** URN; empty for the stack. */
  readonly parent: string;
  /** Whether a provider makes it; a component is none of a provider's. */
  readonly isCustom: boolean;
  readonly inputs: WireObject;
  /** URNs of what must be there before. */
  readonly dependsOn: readonly string[];
  /** Reference of the provider to use; empty for the default one. */
  readonly provider?: string;
  readonly version?: string;
  readonly options?: InheritedOptions;
  readonly aliases?: aliasPb.Alias[];
}

/** Options of a component that hold for what it consists of. */
interface InheritedOptions {
  readonly protect: boolean | undefined;
  readonly retainOnDelete: boolean | undefined;
  readonly deletedWith: string;
}

export interface Registered {
  readonly urn: string;
  readonly outputs: WireObject;
}

export class ResourceMonitor implements Disposable {
  readonly #client: ResourceMonitorClient;

  constructor(address: string) {
    const unbounded = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
    this.#client = new ResourceMonitorClient(address, credentials.createInsecure(), unbounded);
  }

  /** Resolves when the resource is as it was registered, or was skipped because something before it failed. */
  async register(registration: Registration): Promise<Registered> {
    const response = await new Promise<resourcePb.RegisterResourceResponse>((resolve, reject) => {
      this.#client.registerResource(requestOf(registration), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
    return { urn: response.getUrn(), outputs: fromStruct(response.getObject()) };
  }

  async registerOutputs(urn: string, outputs: WireObject): Promise<void> {
    const request = new resourcePb.RegisterResourceOutputsRequest();
    request.setUrn(urn);
    request.setOutputs(toStruct(outputs));
    await new Promise<void>((resolve, reject) => {
      this.#client.registerResourceOutputs(request, (error) => (error ? reject(error) : resolve()));
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function requestOf({
  type,
  name,
  parent,
  isCustom,
  inputs,
  dependsOn,
  provider = "",
  version = "",
  options,
  aliases = [],
}: Registration): resourcePb.RegisterResourceRequest {
  const request = new resourcePb.RegisterResourceRequest();
  request.setType(type);
  request.setName(name);
  request.setParent(parent);
  request.setCustom(isCustom);
  request.setObject(toStruct(inputs));
  request.setDependenciesList([...dependsOn]);
  request.setProvider(provider);
  request.setVersion(version);
  request.setAliasesList(aliases);
  request.setAliasspecs(true);
  request.setAcceptsecrets(true);
  request.setAcceptresources(true);
  request.setSupportspartialvalues(true);
  // A resource that failed answers, so that what depends on it is skipped by the engine and not left out here.
  request.setSupportsresultreporting(true);
  if (options?.protect !== undefined) request.setProtect(options.protect);
  if (options?.retainOnDelete !== undefined) request.setRetainondelete(options.retainOnDelete);
  request.setDeletedwith(options?.deletedWith ?? "");
  return request;
}
