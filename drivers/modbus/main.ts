// The Modbus TCP driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { modbusKind } from "./kind.ts";

await runDriver(modbusKind, async () => {
  const { Poller } = await import("./poller.ts");
  return (context) => new Poller(context).run();
});
