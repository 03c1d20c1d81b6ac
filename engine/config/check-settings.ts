// What can be said of a gateway's settings without starting it: whether the files that they name can be used, and addresses and
// rules be read. All that is wrong is told at once, each with the setting that it belongs to.

import { type Diagnostics, FlowFusionError } from "@flowfusion/graph";
import { TransportError } from "@flowfusion/transport";
import { demandAllowed } from "../agent/listen.ts";
import { parseInput } from "../dataplane/input-address.ts";
import type { GatewayOptions } from "../gateway.ts";
import { loadKeyRing } from "../security/key-file.ts";
import { OutboundGuard } from "../security/outbound.ts";
import { loadPublishers } from "../security/publishers.ts";
import { ApiTls } from "../security/tls-files.ts";
import { demandUsable } from "../security/tokens.ts";

/**
 * Throws FF_CONFIG_INVALID with everything that would keep a gateway from starting, or its clients from trusting it, behind what is
 * known of already.
 */
export async function checkSettings(
  settings: Omit<GatewayOptions, "dataDir">,
  diagnostics: Diagnostics,
): Promise<void> {
  const { http, tls, ingest, token, secretKeyFile, publisherKeyFiles = [], outbound = [] } = settings;
  const check = async (setting: string, run: () => unknown) => {
    try {
      await run();
    } catch (error) {
      if (!(error instanceof FlowFusionError || error instanceof TransportError)) throw error;
      const { code, message } = error;
      diagnostics.report(code, setting, () => message);
    }
  };
  if (http) await check("http", () => demandAllowed(http, tls !== undefined));
  if (tls) await check("tls", () => demandValid(tls));
  for (const [at, address] of ingest.entries()) await check(`ingest[${at}]`, () => parseInput(address));
  if (token !== undefined) await check("token", () => demandUsable(token));
  if (secretKeyFile !== undefined) {
    await check("secretKeyFile", () => loadKeyRing({ dataDir: "", keyFile: secretKeyFile }));
  }
  for (const [at, file] of publisherKeyFiles.entries()) {
    await check(`publisherKeyFiles[${at}]`, () => loadPublishers([file]));
  }
  for (const [at, rule] of outbound.entries()) await check(`outbound[${at}]`, () => new OutboundGuard([rule]));
  diagnostics.throwIfAny("FF_CONFIG_INVALID", "the configuration");
}

async function demandValid(files: GatewayOptions["tls"] & object): Promise<void> {
  const why = (await ApiTls.open(files)).invalidity();
  if (why !== undefined) throw new FlowFusionError("FF_GATEWAY_TLS", why);
}
