// How a command tells that it failed, on standard error: to people as lines, what to do about it below; to scripts, which asked
// for --json, as one document.

import { styleText } from "node:util";
import { type Diagnostic, errorRegistry, FlowFusionError, reasonOf } from "@flowfusion/graph";
import { UsageError } from "./command.ts";
import { printable } from "./printable.ts";

/** `command`: as it was typed, without its arguments. */
export function faultText(command: string, error: unknown): string {
  return `${printable(linesOf(command, error).join("\n"))}\n${remedyLine(error)}`;
}

function linesOf(command: string, error: unknown): string[] {
  if (!(error instanceof FlowFusionError)) return [`${command}: ${otherText(command, error)}`];
  const [summary = "", ...details] = inLines(error).split("\n");
  return [
    `${command}: ${summary.replace(/:?$/, (colon) => ` [${error.code}]${colon}`)}`,
    ...details,
    ...error.untold.map((diagnostic) => `  ${diagnosticText(diagnostic)}`),
  ];
}

/** A gateway tells what is wrong in one sentence; where that is several things, each gets a line. */
function inLines({ message, diagnostics }: FlowFusionError): string {
  const told = diagnostics.map(({ path, message: what }) => `${path}: ${what}`);
  const sentence = told.join("; ");
  if (told.length < 2 || !message.endsWith(sentence)) return message;
  return [`${message.slice(0, -sentence.length)}${told.length} problems:`, ...told.map((line) => `  ${line}`)].join(
    "\n",
  );
}

function remedyLine(error: unknown): string {
  const remedy = error instanceof FlowFusionError ? error.remedy : undefined;
  return remedy === undefined ? "" : `${styleText("dim", `→ ${remedy}`, { stream: process.stderr })}\n`;
}

/** `{"error": {"message", "code", "remedy", "diagnostics"}}` in a line; wrong arguments and defects have a message alone. */
export function faultJson(command: string, error: unknown): string {
  const told =
    error instanceof FlowFusionError
      ? {
          ...{ message: error.message, code: error.code, remedy: errorRegistry[error.code].remedy },
          diagnostics: error.diagnostics,
        }
      : { message: otherText(command, error) };
  return `${JSON.stringify({ error: told })}\n`;
}

const diagnosticText = ({ path, message, code }: Diagnostic): string =>
  `${path === "" ? "" : `${path}: `}${message} [${code}]`;

function otherText(command: string, error: unknown): string {
  if (error instanceof UsageError) return `${ended(error.message)} See ${command} --help.`;
  // What the system says of a file or an address is for whoever named it; anything else is a defect, and its place of use.
  if (error instanceof Error && "syscall" in error) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : reasonOf(error);
}

export const ended = (sentence: string): string => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`);
