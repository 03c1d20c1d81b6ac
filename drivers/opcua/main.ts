// The OPC UA driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { opcuaKind } from "./kind.ts";

await runDriver(opcuaKind, async () => (await import("./run.ts")).run);
