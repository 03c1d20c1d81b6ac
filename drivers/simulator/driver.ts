// The simulator as a driver of a gateway.

import { runDriver } from "@flowfusion/driver-kit";
import { simulatorKind } from "./kind.ts";

await runDriver(simulatorKind, async () => (await import("./produce.ts")).produce);
