// Nodes that messages come from. A gateway gets its tags from drivers, so what connects to a device or a broker becomes a
// driver and a node that takes its tags.

import type { RedNode } from "./export.ts";
import {
  byName,
  type DriverNeed,
  durationMs,
  type MapContext,
  type Mapper,
  numberIn,
  source,
  spec,
  Unmappable,
} from "./mapping.ts";

export const inject: Mapper = ({ settings }) => {
  const { repeat, crontab, once, payload, payloadType, topic } = settings;
  if (typeof crontab === "string" && crontab !== "")
    throw new Unmappable("it goes by a calendar, and timers go by intervals");
  if (repeat === undefined || repeat === "" || Number(repeat) === 0)
    throw new Unmappable(once === true ? "it fires once at the start" : "it is pressed by hand");
  const name = typeof topic === "string" && topic !== "" ? topic : "timer";
  const timer = { intervalMs: durationMs(repeat, "s"), topic: name };
  const remarks = once === true ? ["it also fires at the start in Node-RED"] : [];
  switch (payloadType ?? "date") {
    case "date":
      return source(
        [spec("timer", { ...timer, value: 0 }), spec("expr", { expression: "double(timestamp) / 1000000.0" })],
        { remarks },
      );
    case "num":
      return source([spec("timer", { ...timer, value: numberIn(payload, "payload") })], { remarks });
    case "str":
      return source([spec("timer", { ...timer, value: String(payload ?? "") })], { remarks });
    case "bool":
      return source([spec("timer", { ...timer, value: payload === "true" || payload === true })], { remarks });
    default:
      throw new Unmappable(`it sends a payload of the type "${String(payloadType)}"`);
  }
};

export const credentialsNote =
  "User names, passwords and certificates are no part of an export: for a broker or server that asks for them, make a connection of the gateway, and for a driver set its secrets.";

export function brokerOf(
  id: unknown,
  { config }: Pick<MapContext, "config">,
): { readonly url: string; readonly name: string } {
  const node = config(id);
  const broker = node?.settings;
  if (broker === undefined) throw new Unmappable("its broker is not in the export");
  const host = String(broker.broker ?? "");
  const port = Number(broker.port ?? 1883);
  const isTls = broker.usetls === true || (broker.tls !== undefined && broker.tls !== "") || /^(mqtts|ssl):/.test(host);
  if (/^wss?:/.test(host)) throw new Unmappable("its broker is reached by WebSockets");
  const name = host.replace(/^\w+:\/\//, "").replace(/:\d+$/, "");
  if (!/^[\w.-]+$/.test(name)) throw new Unmappable(`its broker "${host}" is no host that can be taken over`);
  return { url: `${isTls ? "mqtts" : "mqtt"}://${name}:${port}`, name: node?.name || `mqtt-${name}` };
}

export const mqttIn: Mapper = (node, context) => {
  const { topic, datatype, qos, broker, inputs } = node.settings;
  if (Number(inputs ?? 0) > 0 || typeof topic !== "string" || topic === "")
    throw new Unmappable("it subscribes to topics that are computed while it runs");
  if (datatype === "buffer") throw new Unmappable("it takes the payload as bytes");
  const { url, name } = brokerOf(broker, context);
  const level = Number(qos ?? 2);
  const type = context.after.some(wantsNumber) ? "number" : "text";
  const format =
    datatype === "utf8" ? { format: "text", topic, type, qos: level } : { format: "json", topic, qos: level };
  const driver: DriverNeed = { kind: "mqtt", name, url, subscription: format };
  // A document that is an object becomes a tag for each of its values, below the topic.
  return source([spec("tag_input", { tags: [topic] })], { driver, notes: [credentialsNote] });
};

/** Whether a node takes the text of a payload for a number. */
function wantsNumber({ type, settings }: RedNode): boolean {
  if (type === "function") return /\b(parseFloat|parseInt|Number)\s*\(/.test(String(settings.func));
  if (type === "switch") return JSON.stringify(settings.rules ?? []).includes('"vt":"num"');
  if (type === "rbe") return settings.func !== "rbe" && settings.func !== "rbei";
  return ["range", "smooth", "aggregator"].includes(type);
}

const tables: { readonly [dataType: string]: string } = byName({
  Coil: "coil",
  Input: "discrete",
  HoldingRegister: "holding",
  InputRegister: "input",
});

export const modbusRead: Mapper = (node, context) => {
  const { dataType, adr, quantity, rate, rateUnit, unitid, topic, server } = node.settings;
  const client = context.config(server)?.settings;
  if (client === undefined) throw new Unmappable("its server is not in the export");
  if (client.clienttype !== undefined && client.clienttype !== "tcp" && client.clienttype !== "simpleser-tcp")
    throw new Unmappable("its device is on a serial line; the driver speaks Modbus TCP");
  if ((node.wires[1] ?? []).length > 0) throw new Unmappable("its second output, the raw answer, is wired");
  const table = tables[String(dataType)];
  if (table === undefined) throw new Unmappable(`it reads "${String(dataType)}", which is no table of a device`);
  const first = numberIn(adr, "address");
  const count = numberIn(quantity, "quantity");
  if (count < 1 || count > 125) throw new Unmappable(`it reads ${count} registers at once`);
  const isBit = table === "coil" || table === "discrete";
  const stem = (typeof topic === "string" && topic) || node.name || `modbus/${table}`;
  const nameOf = (index: number) => (count === 1 ? stem : `${stem}/${first + index}`);
  const tags = Array.from({ length: count }, (_, index) => ({
    ...{ tag: nameOf(index), table, address: first + index },
    ...(isBit && { type: "bool" }),
  }));
  const host = String(client.tcpHost ?? "127.0.0.1");
  const remarks =
    count === 1
      ? []
      : [`it sent ${count} registers as one list; each is a tag of its own now, ${stem}/${first} and so on`];
  return source([spec("tag_input", { tags: tags.map(({ tag }) => tag) })], {
    driver: {
      ...{
        kind: "modbus",
        name: context.config(server)?.name || `modbus-${host}`,
        host,
        port: Number(client.tcpPort ?? 502),
      },
      group: {
        pollIntervalMs: Math.max(10, durationMs(rate, rateUnit)),
        unitId: Number(unitid || client.unit_id || 1),
        tags,
      },
    },
    remarks,
  });
};
