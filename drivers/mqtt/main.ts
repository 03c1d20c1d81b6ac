// The MQTT driver as a process.

import { runDriver } from "@flowfusion/driver-kit";
import { mqttKind } from "./kind.ts";
import { Subscriber } from "./subscriber.ts";

await runDriver(mqttKind, (context) => new Subscriber(context).run());
