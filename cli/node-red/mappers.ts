// The mapper of each type of node.

import { aggregator, delay, rbe, smooth } from "./gather.ts";
import { change, functionNode, range, switchNode } from "./logic.ts";
import { chain, type Mapper, spec, Unmappable } from "./mapping.ts";
import { debug, file, httpRequest, mqttOut } from "./sinks.ts";
import { slug } from "./slug.ts";
import { inject, modbusRead, mqttIn } from "./sources.ts";

/** Reading JSON is the driver's work; behind anything else there is nothing that could hold an object. */
const json: Mapper = (_, { isFedByBroker }) => {
  if (!isFedByBroker)
    throw new Unmappable("messages hold numbers, booleans or text; only right behind mqtt in can JSON be read");
  return chain([spec("rename")], {
    remarks: ["the driver reads the JSON, and makes each value a tag below the topic"],
  });
};

const because =
  (reason: string): Mapper =>
  () => {
    throw new Unmappable(reason);
  };

export const mappers: { readonly [type: string]: Mapper | undefined } = Object.assign(Object.create(null), {
  inject,
  "mqtt in": mqttIn,
  "modbus-read": modbusRead,
  function: functionNode,
  switch: switchNode,
  change,
  range,
  rbe,
  delay,
  smooth,
  aggregator,
  json,
  "mqtt out": mqttOut,
  "http request": httpRequest,
  file,
  debug: ((node, context) => debug(slug(node.name) || "debug")(node, context)) satisfies Mapper,
  template: because("text is not put together from templates; write messages as they are, or a node of your own"),
  trigger: because("it sends and resets by time; look at debounce, throttle and deadband's maxSilenceMs"),
  catch: because("errors are counted by the gateway, and messages that stop a flow are kept as dead letters"),
  status: because("the state of a flow is in the gateway's metrics"),
  complete: because("sinks count what they sent in the gateway's metrics"),
  "link call": because("a flow has no calls; wire the nodes, or make them a subflow"),
  "link out": because("it returns to a call, and a flow has no calls"),
  "http in": because("a gateway serves no requests of a flow; push readings as a driver"),
  "http response": because("a gateway serves no requests of a flow"),
  exec: because("nodes cannot run programs"),
});
