// Nodes that messages leave by.

import path from "node:path";
import type { Mapper } from "./mapping.ts";
import { sink, spec, Unmappable } from "./mapping.ts";
import { brokerOf, credentialsNote } from "./sources.ts";

const asJsonNote =
  'Sinks write a message as JSON with topic, timestamp, quality and value, where Node-RED writes the payload alone: {"topic":"…","timestamp":"…","quality":"good","value":21.5}.';

export const mqttOut: Mapper = ({ settings }, context) => {
  const { topic, qos, retain, broker } = settings;
  const { url } = brokerOf(broker, context);
  const level = qos === "" || qos === undefined ? 0 : Number(qos);
  return sink(
    spec("mqtt", {
      broker: url,
      ...(typeof topic === "string" && topic !== "" && { topic }),
      ...(level !== 1 && { qos: level }),
      ...((retain === true || retain === "true") && { retain: true }),
    }),
    { notes: [asJsonNote, credentialsNote] },
  );
};

export const httpRequest: Mapper = (node) => {
  const { method, url, authType } = node.settings;
  if (node.wires.some((output) => output.length > 0))
    throw new Unmappable("its answer goes on through the flow; a sink sends and tells nothing back");
  if (method !== "POST" && method !== "PUT")
    throw new Unmappable(`it sends ${String(method)}; a sink sends POST or PUT`);
  if (typeof url !== "string" || !/^https?:\/\/[^{}]+$/.test(url))
    throw new Unmappable("its URL is computed while it runs");
  const remarks = ["a request holds several messages when they come fast"];
  return sink(spec("http", { url, ...(method === "PUT" && { method }) }), {
    remarks,
    notes: [asJsonNote, ...(authType ? [credentialsNote] : [])],
  });
};

export const file: Mapper = ({ settings }) => {
  const { filename, filenameType = "str", overwriteFile } = settings;
  if (overwriteFile === "delete") throw new Unmappable("it deletes files");
  if (filenameType !== "str" || typeof filename !== "string" || filename === "")
    throw new Unmappable("its file name is computed while it runs");
  const name = path.posix.basename(filename.replaceAll("\\", "/"));
  const remarks = [`it is ${name} in the gateway's output folder`];
  if (overwriteFile === true || overwriteFile === "true") remarks.push("lines are added; Node-RED overwrites the file");
  return sink(spec("file", { path: name }), { remarks, notes: [asJsonNote] });
};

const debugBytesMax = 1_048_576;

/** What a debug node shows goes to a small file; `flowfusion trace` shows the same live. */
export const debug =
  (name: string): Mapper =>
  ({ settings }) => {
    if (settings.active === false) throw new Unmappable("it is switched off");
    return sink(spec("file", { path: `${name}.jsonl`, rotateBytes: debugBytesMax, keptMax: 1 }));
  };
