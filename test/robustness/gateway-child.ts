// A gateway as a process that a test can end anywhere, and whose disk it can make fail: a real one, with its data plane,
// whose failpoints are armed by messages. Usage: fork("gateway-child.ts", [DATA_FOLDER, POINT?, ACTION?, HITS?]), where
// POINT is armed before the gateway starts.

import {
  armFailpoint,
  disarmFailpoints,
  type Failpoint,
  type FailpointAction,
  failpointCells,
  startGateway,
} from "@flowfusion/engine";

/** Arms a failpoint, or disarms what is armed. */
export interface ArmRequest {
  readonly arm: { readonly point: Failpoint; readonly action: FailpointAction; readonly hits: number } | undefined;
}

export type ChildMessage =
  | { readonly ready: { readonly url: string; readonly ingest: string } }
  | { readonly failed: string }
  | { readonly armed: true };

const token = "robustness-token-0123456789abcdef";
const checkpointIntervalMs = 20;
const tell = (message: ChildMessage) => process.send!(message);

const [dataDir = "", point, action = "kill", hits = "1"] = process.argv.slice(2);
const failpoints = failpointCells();
if (point) armFailpoint(failpoints, point as Failpoint, action as FailpointAction, Number(hits));

process.on("message", ({ arm }: ArmRequest) => {
  disarmFailpoints(failpoints);
  if (arm) armFailpoint(failpoints, arm.point, arm.action, arm.hits);
  tell({ armed: true });
});

try {
  const log = { level: "warn", stream: process.stderr } as const;
  const gateway = await startGateway({
    ...{ dataDir, token, log, failpoints, checkpointIntervalMs },
    ingest: ["tcp://127.0.0.1:0"],
  });
  process.once("SIGTERM", async () => {
    await gateway.close();
    process.disconnect();
  });
  tell({ ready: { url: gateway.url, ingest: gateway.addresses[0]! } });
} catch (error) {
  tell({ failed: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
