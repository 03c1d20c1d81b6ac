// The MQTT driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { mqttKind } from "./kind.ts";

await runDriver(mqttKind, async () => {
  const { Subscriber } = await import("./subscriber.ts");
  return (context) => new Subscriber(context).run();
});
