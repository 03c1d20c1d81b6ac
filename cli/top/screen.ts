// What `flowfusion top` shows, as lines of text. Pure.

import { styleText } from "node:util";
import { troubleOf } from "@flowfusion/client";
import { counted, trapCauseTexts } from "@flowfusion/graph";
import { inMemoryAloneText } from "../in-memory-alone.ts";
import { type Cell, section, tableLines } from "../table.ts";
import type { DriverRates, FlowRates, Look, Rates } from "./rates.ts";

type Colour = (condition: string, text: string) => string;

const styles: { readonly [condition: string]: "green" | "yellow" | "red" } = {
  running: "green",
  restarting: "yellow",
  broken: "red",
  starting: "yellow",
  backing_off: "red",
  failed: "red",
  silent: "red",
};

export const plain: Colour = (_, text) => text;
export const coloured: Colour = (condition, text) =>
  styleText(styles[condition] ?? "reset", text, { validateStream: false });

const failingShown = 4;

/** All flows, those that do not run first and then the busiest, and all drivers. `flowsMax`: how many flows fit. */
export function overview(
  { gateway }: Look,
  { tagsPerS, refused, flows, drivers }: Rates,
  flowsMax: number,
  colour: Colour,
): string[] {
  const runs = ({ stats }: FlowRates): number => Number(stats.condition === "running");
  const sorted = [...flows].sort(
    (a, b) => runs(a) - runs(b) || b.inPerS - a.inPerS || (a.stats.name < b.stats.name ? -1 : 1),
  );
  const shown = sorted.slice(0, flowsMax);
  const rows = shown.map(({ stats, inPerS, outPerS }): Cell[] => [
    stats.name,
    stats.condition,
    perS(inPerS),
    perS(outPerS),
    whole(stats.input.queued),
    us(stats.executeP50Us),
    us(stats.executeP99Us),
    whole(stats.dropped),
    whole(stats.deadLetters),
  ]);
  const heading = ["flow", "state", "in/s", "out/s", "queued", "P50 µs", "P99 µs", "dropped", "dead letters"];
  const table = tableLines([heading, ...rows], [2, 3, 4, 5, 6, 7, 8]);
  return [
    `gateway ${gateway.id.slice(0, 8)}  ${gateway.version}  up ${duration(Date.now() - Date.parse(gateway.startedAt))}` +
      `  memory ${whole(gateway.rssBytes / 1e6)} MB`,
    `in ${perS(tagsPerS)} tags/s, connections ${gateway.ingest.connections}, frames refused ${whole(refused)}` +
      `  to sink queue P99 ${us(gateway.socketToSinkQueueP99Us)} µs`,
    ...storageLines(gateway.storage, colour),
    ...failingLines(flows, colour),
    "",
    ...table.map((line, index) => mark(line, shown[index - 1]?.stats.condition, colour)),
    ...(sorted.length > shown.length ? [`… and ${counted(sorted.length - shown.length, "flow")} more`] : []),
    ...(sorted.length === 0 ? ["No flow runs here. Deploy one with `pulumi up`."] : []),
    ...(drivers.length === 0 ? [] : ["", ...driverLines(drivers, colour)]),
  ];
}

/** Flows run on while the disk takes nothing, so nothing else here would tell. */
function storageLines(
  { isWritable, reason = "", inMemoryAlone }: Look["gateway"]["storage"],
  colour: Colour,
): string[] {
  const told = inMemoryAlone.map(inMemoryAloneText).join(", ");
  return [
    ...(isWritable ? [] : [colour("failed", `the disk takes no writes: ${reason}`)]),
    ...(told === ""
      ? []
      : [colour("failed", `in memory alone: ${told}, since the disk says ${inMemoryAlone[0]!.reason}`)]),
  ];
}

/** What leaves a flow has not left the gateway. */
function failingLines(flows: readonly FlowRates[], colour: Colour): string[] {
  const failing = flows.flatMap(({ stats: { name, sinks } }) =>
    sinks.filter(({ failingMs }) => failingMs !== undefined).map(({ node }) => `${name}/${node}`),
  );
  if (failing.length === 0) return [];
  const more = failing.length - failingShown;
  const names = failing.slice(0, failingShown).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return [colour("failed", `sinks that send nothing: ${names}; flowfusion top FLOW tells why`)];
}

/** In the gateway's order; below each what is wrong with it, of which a narrow terminal shows more than of a last column. */
function driverLines(drivers: readonly DriverRates[], colour: Colour): string[] {
  const rows = drivers.map(({ driver, updatesPerS, badPerS }): Cell[] => [
    driver.name,
    driver.kind,
    driver.state,
    driver.device ?? "",
    perS(updatesPerS),
    perS(badPerS),
    whole(driver.dropped),
    whole(driver.restarts),
  ]);
  const heading = ["driver", "kind", "state", "device", "tags/s", "bad/s", "dropped", "restarts"];
  return tableLines([heading, ...rows], [4, 5, 6, 7]).flatMap((line, index) => {
    const driver = drivers[index - 1]?.driver;
    const isSilent = driver?.state === "running" && driver.device === "silent";
    const trouble = driver && troubleOf(driver);
    return [
      mark(line, isSilent ? driver.device : driver?.state, colour),
      ...(trouble === undefined ? [] : [`  ${trouble}`]),
    ];
  });
}

/** One flow, node by node. */
export function detail({ stats, inPerS, outPerS, nodes, sinks }: FlowRates, colour: Colour): string[] {
  const { name, condition, lastTrap, executeP50Us, executeP99Us, deadLetters, restarts } = stats;
  const nodeRows = stats.nodes.map(({ node, traps }): Cell[] => {
    const rates = nodes.get(node)!;
    return [node, perS(rates.inPerS), perS(rates.outPerS), whole(traps)];
  });
  const sinkRows = stats.sinks.map(({ node, kind, queued, dropped: lost, lastError }): Cell[] => [
    node,
    kind,
    perS(sinks.get(node)!.sentPerS),
    whole(queued),
    Object.entries(lost)
      .map(([cause, count]) => `${cause} ${whole(count)}`)
      .join(", ") || "0",
    lastError ?? "",
  ]);
  return [
    `${name}  ${colour(condition, condition)}  in ${perS(inPerS)}/s  out ${perS(outPerS)}/s` +
      `  P50 ${us(executeP50Us)} µs  P99 ${us(executeP99Us)} µs`,
    `queued ${whole(stats.input.queued)}  dropped ${whole(stats.dropped)}  dead letters ${whole(deadLetters)}  restarts ${whole(restarts)}` +
      (lastTrap ? `  last trap: ${trapText(lastTrap)}` : ""),
    "",
    ...section("Nodes", tableLines([["node", "in/s", "out/s", "traps"], ...nodeRows], [1, 2, 3])),
    ...section(
      "Sinks",
      tableLines([["sink", "kind", "sent/s", "queued", "dropped", "last error"], ...sinkRows], [2, 3]),
    ),
  ];
}

/** With its time, as one of an earlier version is told of, too. */
const trapText = ({ node, cause, atMs }: NonNullable<FlowRates["stats"]["lastTrap"]>): string =>
  `${node || "the flow"} ${trapCauseTexts[cause]} at ${new Date(atMs).toISOString()}`;

function mark(line: string, condition: string | undefined, colour: Colour): string {
  return condition === undefined ? line : line.replace(condition, colour(condition, condition));
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
const perS = (value: number): string => (value > 0 && value < 10 ? value.toFixed(1) : whole(value));
const us = (value: number): string => (value < 100 ? value.toFixed(1) : whole(value));

export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
