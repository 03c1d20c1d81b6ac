// How a command reaches a gateway: by its options, else by the environment, so that a token need not stand in a shell's
// history.

import { readFileSync } from "node:fs";
import { type DriverStatus, GatewayClient, type TlsTrust } from "@flowfusion/client";
import { FlowFusionError, reasonOf } from "@flowfusion/graph";
import { UsageError } from "./command.ts";

/** For readArguments. */
export const gatewayOptions = {
  gateway: { type: "string" },
  endpoint: { type: "string" },
  token: { type: "string" },
  ca: { type: "string" },
  fingerprint: { type: "string" },
  "client-cert": { type: "string" },
  "client-key": { type: "string" },
} as const;

/** For a command's help. */
export const gatewayOptionsHelp = `      --gateway URL     the gateway's API (default: FLOWFUSION_ENDPOINT, else http://127.0.0.1:7480); --endpoint, as programs
                        call it, is the same
      --token TOKEN     the token that it asks for (default: FLOWFUSION_TOKEN)
      --ca FILE         the authority that signed its certificate, PEM (default: FLOWFUSION_CA)
      --fingerprint HEX sha256 of its certificate, to trust whoever signed it (default: FLOWFUSION_FINGERPRINT)
      --client-cert FILE, --client-key FILE
                        what to show when it asks for a certificate (default: FLOWFUSION_CLIENT_CERT, FLOWFUSION_CLIENT_KEY)`;

const defaultEndpoint = "http://127.0.0.1:7480";

export type GatewayValues = { readonly [Name in keyof typeof gatewayOptions]?: string | undefined };

const tokenOf = ({ token }: GatewayValues): string => token ?? process.env.FLOWFUSION_TOKEN ?? "";

export const hasToken = (values: GatewayValues): boolean => tokenOf(values) !== "";

export function gatewayClient(values: GatewayValues): GatewayClient {
  const token = tokenOf(values);
  if (token === "") {
    throw new UsageError(
      "no token: give --token, or set FLOWFUSION_TOKEN to what the gateway printed at its first start",
    );
  }
  const endpoint = values.gateway ?? values.endpoint ?? process.env.FLOWFUSION_ENDPOINT ?? defaultEndpoint;
  return new GatewayClient({ endpoint, token, tool: "cli", tls: trustOf(values, process.env) });
}

function trustOf(values: GatewayValues, environment: NodeJS.ProcessEnv): TlsTrust {
  const fingerprint = values.fingerprint ?? environment.FLOWFUSION_FINGERPRINT;
  const ca = fileOf(values.ca ?? environment.FLOWFUSION_CA);
  const cert = fileOf(values["client-cert"] ?? environment.FLOWFUSION_CLIENT_CERT);
  const key = fileOf(values["client-key"] ?? environment.FLOWFUSION_CLIENT_KEY);
  return {
    ...(fingerprint !== undefined && { fingerprint }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function fileOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new FlowFusionError("FF_CLI_FILE", `${path}: cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** Throws where the gateway has no driver of this name. */
export async function existingDriver(client: GatewayClient, name: string): Promise<DriverStatus> {
  const status = await client.getDriver(name);
  if (status === undefined) throw new FlowFusionError("FF_API_NOT_FOUND", `${client.endpoint} has no driver ${name}`);
  return status;
}

/** Whether its device answers, or it has read all that there was. */
export const doesAnswer = ({ state, device }: DriverStatus): boolean =>
  state === "finished" || (state === "running" && device === "connected");
