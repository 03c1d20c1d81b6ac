// The replay driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { replayKind } from "./kind.ts";
import { Player } from "./player.ts";

await runDriver(replayKind, (context) => new Player(context).run());
