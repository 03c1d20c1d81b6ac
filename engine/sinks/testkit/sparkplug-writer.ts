// A Sparkplug edge node that is born with one metric, and stays until a test kills it. Usage: node sparkplug-writer.ts URL FOLDER

import { numbered } from "./messages.ts";
import { append, queueOf } from "./queues.ts";
import { mqttSink } from "./sinks.ts";

const [url, folder] = process.argv.slice(2);
const sparkplug = { groupId: "plant", edgeNodeId: "line 1" };
append(queueOf(mqttSink(url!, { encoding: "sparkplug_b", sparkplug }, {}, { sessionDir: folder })), numbered(1));
