// How a command reaches a gateway: by its options, else by the environment, so that a token need not stand in a shell's
// history.

import { GatewayClient } from "@flowfusion/client";
import { UsageError } from "./command.ts";

/** For readArguments. */
export const gatewayOptions = { gateway: { type: "string" }, token: { type: "string" } } as const;

/** For a command's help. */
export const gatewayOptionsHelp = `      --gateway URL     the gateway's API (default: FLOWFUSION_ENDPOINT, else http://127.0.0.1:7480)
      --token TOKEN     the token that it asks for (default: FLOWFUSION_TOKEN)`;

const defaultEndpoint = "http://127.0.0.1:7480";

export function gatewayClient(values: {
  readonly gateway?: string | undefined;
  readonly token?: string | undefined;
}): GatewayClient {
  const token = values.token ?? process.env.FLOWFUSION_TOKEN;
  if (token === undefined || token === "") {
    throw new UsageError(
      "no token: give --token, or set FLOWFUSION_TOKEN to what the gateway printed at its first start",
    );
  }
  return new GatewayClient({ endpoint: values.gateway ?? process.env.FLOWFUSION_ENDPOINT ?? defaultEndpoint, token });
}
