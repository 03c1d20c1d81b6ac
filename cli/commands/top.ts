// flowfusion top: a gateway's flows at work, again every second; on no terminal, once.

import { stripVTControlCharacters } from "node:util";
import type { DriverStatus, FlowStats, GatewayClient, Page } from "@flowfusion/client";
import { parseFlowName } from "@flowfusion/graph";
import { type Command, exitCodes, parseCount, readArguments, UsageError } from "../command.ts";
import { gatewayClient, gatewayOptions, gatewayOptionsHelp } from "../gateway-client.ts";
import { printableAnswer } from "../printable.ts";
import { type Look, type Rates, ratesBetween } from "../top/rates.ts";
import { coloured, detail, overview, plain } from "../top/screen.ts";

const intervalsMax = 3_600;

const help = `Usage: flowfusion top [FLOW] [--interval S] [--once] [--json]

Shows what runs on a gateway, flows that do not run first and then the busiest, or one flow node by node: messages a second,
times, what was dropped and what failed. Goes on until q or Ctrl-C.

Options:
      --interval S      seconds between two looks (default: 1)
      --once            look twice, print once, and end; so it does where the output is no terminal
      --json            print one JSON line, as --once does
${gatewayOptionsHelp}
  -h, --help            print this help
`;

export const topCommand: Command = {
  help,
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...gatewayOptions,
      interval: { type: "string", default: "1" },
      once: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    if (positionals.length > 1) throw new UsageError(`one FLOW expected, ${positionals.length} given`);
    const flow = positionals[0] === undefined ? undefined : parseFlowName(positionals[0]);
    const seconds = parseCount("--interval", values.interval, { min: 1, max: intervalsMax });
    const watch = { client: gatewayClient(values), flow, intervalMs: seconds * 1000 };
    if (values.once || values.json || !process.stdout.isTTY) return once(watch, values.json);
    return live(watch);
  },
};

interface Watch {
  readonly client: GatewayClient;
  readonly flow: FlowStats["name"] | undefined;
  readonly intervalMs: number;
}

async function once(watch: Watch, asJson: boolean): Promise<number> {
  const before = await look(watch);
  await new Promise((resolve) => setTimeout(resolve, watch.intervalMs));
  const now = await look(watch);
  const lines = asJson
    ? [JSON.stringify(jsonOf(now, ratesBetween(before, now)))]
    : linesOf(watch, before, now, Number.MAX_SAFE_INTEGER, plain);
  process.stdout.write(`${lines.join("\n")}\n`);
  return exitCodes.ok;
}

async function live(watch: Watch): Promise<number> {
  await using screen = new Screen();
  let before = await look(watch);
  for (;;) {
    await screen.pause(watch.intervalMs);
    if (screen.isLeft) return exitCodes.ok;
    const now = await look(watch);
    const rows = (process.stdout.rows || 24) - 6 - (now.drivers.length > 0 ? now.drivers.length + 2 : 0);
    screen.show(linesOf(watch, before, now, Math.max(rows, 1), colours()));
    before = now;
  }
}

const colours = () => (process.env.NO_COLOR ? plain : coloured);

async function look({ client, flow }: Watch): Promise<Look> {
  const gateway = await client.gateway();
  const flows =
    flow !== undefined ? [await client.stats(flow)] : await all<FlowStats>((query) => client.listStats(query));
  const drivers = flow !== undefined ? [] : await all<DriverStatus>((query) => client.listDrivers(query));
  return { atMs: performance.now(), gateway, flows, drivers };
}

async function all<Item>(list: (query: { limit: number; after?: string }) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: 200, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

function linesOf({ flow }: Watch, before: Look, now: Look, rowsMax: number, colour: typeof plain): string[] {
  const shown = printableAnswer(now);
  const rates = ratesBetween(printableAnswer(before), shown);
  const [only] = rates.flows;
  return flow !== undefined && only ? detail(only, colour) : overview(shown, rates, rowsMax, colour);
}

function jsonOf({ gateway }: Look, { tagsPerS, flows, drivers }: Rates): object {
  return {
    gateway,
    tagsPerS,
    drivers: drivers.map(
      ({ driver: { name, kind, state, device, reason, dropped, restarts }, updatesPerS, badPerS }) => ({
        ...{ name, kind, state, device, reason, updatesPerS, badPerS, dropped, restarts },
      }),
    ),
    flows: flows.map(({ stats, inPerS, outPerS }) => ({ ...stats, inPerS, outPerS })),
  };
}

/** A line that is too long loses its colours with its end. */
function fitted(line: string, width: number): string {
  const text = stripVTControlCharacters(line);
  return text.length > width ? text.slice(0, width) : line;
}

/** The terminal's other screen, without cursor, until q or Ctrl-C; what was there before comes back. */
class Screen implements AsyncDisposable {
  #leave!: () => void;
  readonly #left = new Promise<void>((resolve) => {
    this.#leave = resolve;
  });
  isLeft = false;

  constructor() {
    process.stdout.write("\x1b[?1049h\x1b[?25l\x1b[H\x1b[2JLooking …");
    if (process.stdin.isTTY) {
      process.stdin.setRawMode(true).resume().on("data", this.#onKey);
    }
    process.once("SIGTERM", this.#end);
    process.once("SIGINT", this.#end);
  }

  show(lines: readonly string[]): void {
    const width = process.stdout.columns || 80;
    const rows = process.stdout.rows || 24;
    const visible = lines.slice(0, rows - 1).map((line) => fitted(line, width));
    process.stdout.write(`\x1b[H${visible.map((line) => `${line}\x1b[K`).join("\n")}\n\x1b[J`);
  }

  /** Ends early when the user leaves. */
  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([passed, this.#left]);
    clearTimeout(timer);
  }

  readonly #onKey = (key: Buffer): void => {
    if (["q", "Q", "\x03", "\x1b"].includes(key.toString())) this.#end();
  };

  readonly #end = (): void => {
    this.isLeft = true;
    this.#leave();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    if (process.stdin.isTTY) process.stdin.off("data", this.#onKey).setRawMode(false).pause();
    process.stdout.write("\x1b[?25h\x1b[?1049l");
  }
}
