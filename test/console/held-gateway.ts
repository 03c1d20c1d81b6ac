// A gateway in the test's own process, whose data plane is the real one but begins a swap only when the test lets it: for what
// is seen while a deploy takes its time.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { GatewayClient } from "@flowfusion/client";
import { startDataPlane, startGateway } from "@flowfusion/engine";
import { builtinCatalog } from "@flowfusion/nodes";

const consoleDir = path.join(import.meta.dirname, "../../console/dist");
const token = "held-token-0123456789abcdef0123456789abcdef";

export interface HeldGateway extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly client: GatewayClient;
  /** From here on no swap begins, until what is returned is called. */
  hold(): () => void;
}

export async function startHeldGateway(): Promise<HeldGateway> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "ff-held-"));
  let held = Promise.withResolvers<void>();
  held.resolve();
  const gateway = await startGateway({
    ...{ dataDir, consoleDir, token, builtInNodes: builtinCatalog, healthGateMs: 0 },
    ...{ ingest: ["tcp://127.0.0.1:0"], log: { level: "silent" } },
    async startDataPlane(options) {
      const dataPlane = await startDataPlane(options);
      const deploy = dataPlane.deploy.bind(dataPlane);
      dataPlane.deploy = async (...program) => {
        await held.promise;
        return deploy(...program);
      };
      return dataPlane;
    },
  });
  const { url } = gateway;
  return {
    ...{ url, token, client: new GatewayClient({ endpoint: url, token, retry: { attemptsMax: 1 } }) },
    hold() {
      held = Promise.withResolvers();
      return held.resolve;
    },
    async [Symbol.asyncDispose]() {
      held.resolve();
      await gateway.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
