// Serves the provider over gRPC on a loopback port: one handler for each method, one way in which they fail.

import { type handleUnaryCall, Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { FlowFusionProvider } from "./provider.ts";
import { toServiceError } from "./wire/status.ts";

export interface RunningProvider {
  readonly port: number;
  close(): void;
}

export async function startProvider(): Promise<RunningProvider> {
  const server = new Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(ResourceProviderService, handlersOf(new FlowFusionProvider()));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

/** Methods that are not listed answer UNIMPLEMENTED, which the engine takes for "has none". */
function handlersOf(provider: FlowFusionProvider): UntypedServiceImplementation {
  const unary = unaryOf(() => provider.told());
  return {
    handshake: unary((request) => provider.handshake(request)),
    attach: unary((request) => provider.attach(request)),
    getPluginInfo: unary(() => provider.getPluginInfo()),
    getSchema: unary(() => provider.getSchema()),
    checkConfig: unary((request) => provider.checkConfig(request)),
    diffConfig: unary(() => provider.diffConfig()),
    configure: unary(() => provider.configure()),
    check: unary((request) => provider.check(request)),
    diff: unary((request) => provider.diff(request)),
    create: unary((request) => provider.create(request)),
    read: unary((request) => provider.read(request)),
    update: unary((request) => provider.update(request)),
    delete: unary((request) => provider.delete(request)),
    construct: unary((request) => provider.construct(request)),
    invoke: unary((request) => provider.invoke(request)),
    cancel: unary(() => provider.cancel()),
  };
}

type Unary = <Request, Response>(method: (request: Request) => Promise<Response>) => handleUnaryCall<Request, Response>;

/** Before it answers it waits until the engine has all that was said: what comes after the answer is not shown. */
function unaryOf(told: () => Promise<void>): Unary {
  return (method) => (call, callback) => {
    const answer = method(call.request).finally(told);
    answer.then(
      (response) => callback(null, response),
      (error) => callback(toServiceError(error)),
    );
  };
}
