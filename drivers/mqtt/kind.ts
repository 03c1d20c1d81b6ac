// The configuration of the MQTT driver.

import {
  type ConfigProblem,
  choice,
  defineKind,
  either,
  endpointOf,
  fixed,
  flag,
  integer,
  list,
  object,
  optional,
  type Static,
  text,
} from "@flowfusion/driver-kit";
import { fixedTagName, matches, plainFilter } from "./topics.ts";

const topicBytesMax = 1024;

const common = {
  topic: text({ description: "Topic filter, with `+` and `#`.", maxLength: topicBytesMax }),
  qos: integer({ description: "Quality of service, 0 to 2.", minimum: 0, maximum: 2, default: 1 }),
  staleMs: optional(
    integer({
      description: "A tag without a message for this long turns bad. Without it, only the broker's absence does that.",
      minimum: 20,
      maximum: 86_400_000,
    }),
  ),
};

const tag = text({
  description: "Name of the tag: `{topic}` is the message's topic, `{0}`, `{1}` … its levels.",
  maxLength: 512,
  default: "{topic}",
});
const place = (description: string) => optional(text({ description, maxLength: 256 }));

const json = object({
  format: fixed("json"),
  ...common,
  tag,
  value: place(
    "Where the value is in the document: `value`, `data.temp`, `readings[0]`. Without it a document that is one value is that value, and each value of an object becomes a tag of its own below `tag`.",
  ),
  timestamp: place("Where the time is; without it that of arrival counts."),
  timestampUnit: choice(["iso8601", "s", "ms", "us", "ns"], {
    description: "How the time is written. One of ISO 8601 that names no zone is of UTC.",
    default: "iso8601",
  }),
  quality: place("Where the quality is: `good`, `uncertain`, `bad`, or 0, 1, 2. Without it values are good."),
});

const raw = object({
  format: fixed("text"),
  ...common,
  tag,
  type: choice(["number", "text", "boolean"], {
    description: "What the payload's text stands for.",
    default: "number",
  }),
});

const sparkplug = object({
  format: fixed("sparkplug"),
  ...common,
  rebirth: flag({
    description:
      "Ask an edge node for its births when its data cannot be understood without, and when the broker was away for `silenceMs`; this writes to the broker.",
    default: true,
  }),
});

const mqttConfig = object({
  url: text({ description: "The broker.", pattern: "^mqtts?://[^\\s/@]+$", maxLength: 512 }),
  protocol: choice(["3.1.1", "5"], { description: "Version of MQTT.", default: "5" }),
  clientId: optional(text({ description: "Without it one is made from the driver's name.", maxLength: 128 })),
  username: optional(text({ description: "Logs in with this name and the secret `password`.", maxLength: 256 })),
  keepSession: flag({
    description:
      "The broker keeps messages of QoS 1 and 2 until the flows have run them, and while the driver is away; needs a clientId.",
    default: false,
  }),
  ca: optional(text({ description: "Certificates to trust in place of the public ones, in PEM.", maxLength: 65_536 })),
  clientCertificate: optional(
    text({ description: "Shown to the broker, in PEM; its key is the secret `clientKey`.", maxLength: 65_536 }),
  ),
  serverName: optional(
    text({ description: "Name in the broker's certificate, where the URL has another.", maxLength: 253 }),
  ),
  connectTimeoutMs: integer({ description: "Time to connect.", minimum: 100, maximum: 120_000, default: 10_000 }),
  keepAliveMs: integer({
    description: "Time after which silence of the broker is looked into.",
    minimum: 1_000,
    maximum: 3_600_000,
    default: 15_000,
  }),
  silenceMs: integer({
    description: "When the broker was away for this long, all tags turn bad.",
    minimum: 20,
    maximum: 86_400_000,
    default: 30_000,
  }),
  payloadBytesMax: integer({
    description: "A larger message is not looked at; a connection that goes on with one is cut.",
    minimum: 1,
    maximum: 16_777_216,
    default: 262_144,
  }),
  tagsMax: integer({
    description: "Most tags of a subscription; values of others are dropped and counted.",
    minimum: 1,
    maximum: 100_000,
    default: 10_000,
  }),
  subscriptions: list(either([json, raw, sparkplug], { description: "A topic filter and what its messages hold." }), {
    description: "A message belongs to the first that its topic matches.",
    minItems: 1,
    maxItems: 100,
  }),
});

export type MqttConfig = Static<typeof mqttConfig>;
export type Subscription = MqttConfig["subscriptions"][number];
export type JsonSubscription = Static<typeof json>;
export type TextSubscription = Static<typeof raw>;

export const mqttKind = defineKind({
  kind: "mqtt",
  summary: "Subscribes to topics of an MQTT broker: JSON, plain text, Sparkplug B.",
  config: mqttConfig,
  secrets: { password: "Of `username`.", clientKey: "Private key of `clientCertificate`, in PEM." },
  example: {
    url: "mqtts://broker.plant.example:8883",
    username: "flowfusion",
    subscriptions: [
      { format: "json", topic: "plant/+/temp", value: "value", timestamp: "timestamp" },
      { format: "sparkplug", topic: "spBv1.0/plant/#" },
    ],
  },
  check: checkWhole,
  endpoint: ({ url }) => endpointOf(url, "url", url.startsWith("mqtts:") ? 8883 : 1883),
  isSamePlace: (before, after) =>
    before.url === after.url && before.ca === after.ca && before.serverName === after.serverName,
  tags: (config) => heard(config).flatMap((one) => nameOf(one) ?? []),
  sources: (config) => heard(config).flatMap((one) => (nameOf(one) === undefined ? sourceOf(one, config.url) : [])),
  program: new URL("./main.ts", import.meta.url),
});

/** By their plain filters, without those whose messages all belong to one before. */
const heard = ({ subscriptions }: MqttConfig): Subscription[] =>
  subscriptions
    .map((one) => ({ ...one, topic: plainFilter(one.topic) }))
    .filter(({ topic }, index) => !subscriptions.slice(0, index).some((one) => matches(one.topic, topic)));

const isWholeDocument = (one: Subscription): boolean => one.format === "json" && one.value === undefined;

/** Of the one tag of a subscription that has no more. */
function nameOf(one: Subscription): string | undefined {
  return one.format === "sparkplug" || isWholeDocument(one) ? undefined : fixedTagName(one.tag, one.topic);
}

function sourceOf(one: Subscription, url: string): string {
  const template = one.format === "sparkplug" || one.tag === "{topic}" ? "" : ` as ${one.tag}`;
  return `${one.topic} at ${url}${template}${isWholeDocument(one) ? ", value by value" : ""}`;
}

function checkWhole(config: MqttConfig): ConfigProblem[] {
  const problems = config.subscriptions.flatMap((one, index): ConfigProblem[] => {
    const path = `subscriptions[${index}].topic`;
    const topic = plainFilter(one.topic);
    if (topic.startsWith("$share/"))
      return [{ path, message: "is no shared subscription: $share/, a group without + and #, a topic filter" }];
    if (!isFilter(topic))
      return [{ path, message: "is no topic filter: + and # stand alone in their level, # at the end" }];
    const isSparkplug = topic === "#" || topic.startsWith("spBv1.0/");
    return one.format === "sparkplug" && !isSparkplug ? [{ path, message: "of Sparkplug B begins with spBv1.0/" }] : [];
  });
  if (config.keepSession && config.clientId === undefined) {
    problems.push({ path: "clientId", message: "missing: the broker knows a session by it" });
  }
  const isTls = config.url.startsWith("mqtts:");
  for (const name of ["ca", "clientCertificate", "serverName"] as const) {
    if (config[name] !== undefined && !isTls)
      problems.push({ path: name, message: "is for mqtts://, the URL is mqtt://" });
  }
  return problems;
}

function isFilter(topic: string): boolean {
  const levels = topic.split("/");
  return levels.every((level, index) => {
    if (level.includes("#")) return level === "#" && index === levels.length - 1;
    return !level.includes("+") || level === "+";
  });
}
