// The Modbus TCP driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { modbusKind } from "./kind.ts";
import { Poller } from "./poller.ts";

await runDriver(modbusKind, (context) => new Poller(context).run());
