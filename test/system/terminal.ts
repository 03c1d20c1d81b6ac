// A terminal that a command runs on, as a person's: `script` lends the device, and what the command writes is drawn on a
// screen in memory.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import xterm from "@xterm/headless";

export interface TerminalOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly columns?: number;
  /** For a command that goes on: what it shows is taken once this holds, and the keys end it. */
  readonly leave?: { readonly when: (screen: string) => boolean; readonly keys: string };
}

export interface TerminalRun {
  readonly code: number;
  /** What stands on the screen at the end, or when it was left: lines without blanks at their ends. */
  readonly screen: string;
  /** All that was written, with its control sequences. */
  readonly written: string;
}

/** Tall enough for whatever a test shows, so that nothing scrolls away. */
const rows = 200;

export const hasTerminals = (): boolean => spawnSync("script", ["--version"]).error === undefined;

/** Runs a line of shell. */
export async function onTerminal(line: string, options: TerminalOptions = {}): Promise<TerminalRun> {
  const { cwd, env = process.env, columns = 120, leave } = options;
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  // What makes Pulumi take a machine of a CI service for no person.
  const { CI: _, ...variables } = env;
  const child = spawn("script", ["-qec", `stty cols ${columns} rows ${rows}; ${line}`, "/dev/null"], {
    cwd,
    env: { ...variables, TERM: "xterm-256color", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let written = "";
  let left: string | undefined;
  const drawn: Promise<void>[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    const { promise, resolve } = Promise.withResolvers<void>();
    drawn.push(promise);
    terminal.write(text, () => {
      resolve();
      if (left !== undefined || !leave?.when(screenOf(terminal))) return;
      left = screenOf(terminal);
      child.stdin.write(leave.keys);
    });
  });
  const [code] = (await once(child, "close")) as [number];
  await Promise.all(drawn);
  const screen = left ?? screenOf(terminal);
  terminal.dispose();
  return { code, screen, written };
}

function screenOf(terminal: xterm.Terminal): string {
  const { active } = terminal.buffer;
  let text = "";
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row)!;
    // A line that is longer than the screen goes on in the next row.
    const goesOn = active.getLine(row + 1)?.isWrapped ?? false;
    text += line.translateToString(!goesOn) + (goesOn ? "" : "\n");
  }
  return text.replaceAll(/ +$/gm, "").trimEnd();
}
