// The replay driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { replayKind } from "./kind.ts";

await runDriver(replayKind, async () => {
  const { Player } = await import("./player.ts");
  return (context) => new Player(context).run();
});
