// What the OPC UA driver does, from the certificate that it shows to the readings.

import { hostname } from "node:os";
import { join } from "node:path";
import type { DriverContext } from "@flowfusion/driver-kit";
import { setDebugLogger, setErrorLogger, setWarningLogger } from "node-opcua-client";
import { ownCertificate } from "./certificates.ts";
import type { OpcuaConfig } from "./kind.ts";
import { Subscriber } from "./subscriber.ts";

export async function run(context: DriverContext<OpcuaConfig>): Promise<void> {
  // The library's own log is for its developers; what a user needs is in the device's error.
  for (const set of [setDebugLogger, setWarningLogger, setErrorLogger]) set(() => {});
  const applicationUri = `urn:${hostname()}:flowfusion:${context.name}`;
  const certificate = await ownCertificate(join(context.folder, "pki"), applicationUri);
  if (context.config.securityMode !== "none") {
    context.log(
      "info",
      `this driver's certificate is ${certificate.fingerprint}, in ${certificate.path}; the server has to trust it`,
    );
  }
  await new Subscriber(context, certificate, applicationUri).run();
}
