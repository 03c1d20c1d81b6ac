// Waits until a driver that was declared works, or it is known why not. A driver that cannot work is a problem; a device
// that does not answer is none, as it may be switched off: it is said, and the driver goes on trying.
//
// The driver is there by now. So whatever ends the waiting is told with it and never thrown, as the state would lose it.

import { setTimeout as sleep } from "node:timers/promises";
import { type DriverStatus, type GatewayClient, GatewayError } from "@flowfusion/client";
import type { Operation } from "../resource.ts";

const lookEveryMs = 250;
/** How long a process may take to report, and its device then to answer, ms. */
const startMsMax = 20_000;
const deviceMsMax = 5_000;

export async function untilSettled(
  client: Pick<GatewayClient, "getDriver">,
  name: string,
  declared: DriverStatus,
  operation: Operation,
): Promise<readonly string[]> {
  try {
    return await follow(client, name, declared, operation);
  } catch (error) {
    if (operation.signal.aborted) {
      operation.warn("Stopped while the driver starts. It goes on; `pulumi refresh` tells how it does.");
      return [];
    }
    if (!(error instanceof GatewayError)) throw error;
    return [`The driver was put in place, and whether it runs is not known: ${error.message}`];
  }
}

async function follow(
  client: Pick<GatewayClient, "getDriver">,
  name: string,
  declared: DriverStatus,
  { signal, report, warn }: Operation,
): Promise<readonly string[]> {
  const beganMs = performance.now();
  const waitedMs = () => performance.now() - beganMs;
  let live = declared;
  let runsSinceMs: number | undefined;
  for (;;) {
    const problems = driverProblems(live);
    if (problems.length > 0) return problems;
    if (live.state === "stopped" || live.state === "finished") return [];
    if (live.state === "running") {
      runsSinceMs ??= waitedMs();
      if (live.device === "connected") {
        report("runs, its device answers");
        return [];
      }
      if (waitedMs() - runsSinceMs > deviceMsMax) {
        warn(`The driver runs, but its device does not answer yet: ${live.lastError ?? "it is still connecting"}.`);
        return [];
      }
      report("runs, waiting for its device");
    } else if (waitedMs() > startMsMax) {
      warn(`The driver has not reported after ${startMsMax / 1000} s.`);
      return [];
    }
    await sleep(lookEveryMs, undefined, { signal });
    live = (await client.getDriver(name, { signal })) ?? live;
  }
}

/** What keeps a driver from working. */
export function driverProblems({ state, reason }: DriverStatus): readonly string[] {
  return state === "failed" || state === "backing_off"
    ? [`The driver does not run (${state}): ${reason ?? "no reason given"}`]
    : [];
}
