// Nodes that let less through: filter (rbe), delay, smooth, aggregator.

import {
  byName,
  chain,
  durationMs,
  type Mapper,
  numberIn,
  payloadField,
  spec,
  Unmappable,
  withField,
} from "./mapping.ts";

export const rbe: Mapper = ({ settings }) => {
  const { func = "rbe", gap, inout, septopics, property, topi } = settings;
  const field = withField(payloadField(property));
  if (topi !== undefined && topi !== "topic") throw new Unmappable(`it tells messages apart by msg.${String(topi)}`);
  if (septopics === false)
    throw new Unmappable("it compares messages of all topics with one another; a deadband has one for each tag");
  if (func === "rbe") {
    const remarks = ["a deadband of 0 passes each change of numbers and booleans; text always passes"];
    return chain([spec("deadband", { band: 0 })], { ...field, remarks });
  }
  if (func !== "deadband" && func !== "deadbandEq")
    throw new Unmappable(`its mode "${String(func)}" has no counterpart`);
  if (inout === "in") throw new Unmappable("it compares with the last value that came, not with the last that passed");
  const isPercent = String(gap ?? "").endsWith("%");
  const band = numberIn(String(gap ?? "0").replace("%", ""), "gap");
  const remarks = func === "deadbandEq" ? ["a change of exactly the band does not pass here"] : [];
  return chain([spec("deadband", { band, ...(isPercent && { mode: "percent" }) })], { ...field, remarks });
};

export const delay: Mapper = ({ settings }) => {
  const { pauseType, rate, nbRateUnits, rateUnits, drop, outputs } = settings;
  if (pauseType === "delay" || pauseType === "delayv" || pauseType === "random")
    throw new Unmappable("it holds messages back for a time; only limiting their rate has a counterpart");
  if (Number(outputs ?? 1) > 1) throw new Unmappable("its second output, of dropped messages, has no counterpart");
  const intervalMs = Math.max(1, Math.round(durationMs(nbRateUnits || 1, rateUnits) / numberIn(rate, "rate")));
  const isPerTopic = pauseType === "queue" || pauseType === "timed";
  const remarks = [
    ...(isPerTopic ? [] : ["the rate holds for each tag here, and for all messages together in Node-RED"]),
    ...(isPerTopic || drop === true
      ? []
      : ["messages in between are dropped but for the last one, where Node-RED queues them"]),
  ];
  const trailing = isPerTopic || drop !== true;
  return chain([spec("throttle", { intervalMs, ...(!trailing && { trailing }) })], { remarks });
};

const smoothed: { readonly [action: string]: string } = byName({ mean: "avg", min: "min", max: "max", sd: "stddev" });

export const smooth: Mapper = ({ settings }) => {
  const { action = "mean", count, round, mult, reduce, property } = settings;
  const field = withField(payloadField(property));
  const op = smoothed[String(action)];
  if (op === undefined) throw new Unmappable(`its ${String(action)}-pass filter has no counterpart`);
  const size = Math.round(numberIn(count, "count"));
  const digits =
    round === "" || round === false || round === undefined ? undefined : Number(round === "true" ? 0 : round);
  const factor = `${10 ** (digits ?? 0)}.0`;
  const rounded =
    digits === undefined ? [] : [spec("expr", { expression: `math.floor(value * ${factor} + 0.5) / ${factor}` })];
  const isPerTopic = mult === "multi";
  if (reduce === true)
    return chain([spec("agg", { op, size, ...(isPerTopic && { perTopic: true }) }), ...rounded], field);
  const remarks = [`it begins to send once ${size} messages have come`];
  if (!isPerTopic) remarks.push("each tag has a window of its own here");
  return chain([spec("window", { kind: "hopping", by: "count", op, size, hop: 1 }), ...rounded], { ...field, remarks });
};

const aggregated: { readonly [type: string]: { readonly op: string; readonly percentile?: number } } = byName({
  ...{ mean: { op: "avg" }, min: { op: "min" }, max: { op: "max" }, median: { op: "percentile" } },
});

export const aggregator: Mapper = ({ settings }) => {
  const { intervalCount, intervalUnits, aggregationType, submitPerTopic, topic } = settings;
  const found = aggregated[String(aggregationType ?? "mean")];
  if (found === undefined) throw new Unmappable(`its "${String(aggregationType)}" has no counterpart`);
  const sizeMs = durationMs(intervalCount, intervalUnits);
  const name = typeof topic === "string" && topic !== "" ? topic : undefined;
  const apart = submitPerTopic === true ? {} : { perTopic: false, topic: name ?? "aggregate" };
  const remarks = [
    "windows begin at full intervals of the clock here",
    ...(submitPerTopic === true
      ? []
      : ["each message weighs the same here; Node-RED first takes each topic by itself"]),
  ];
  return chain([spec("window", { kind: "tumbling", sizeMs, ...found, ...apart })], { remarks });
};
