// Readings from CSV, as RFC 4180 has it: fields in quotes may hold delimiters, line ends and doubled quotes. The file may
// be larger than memory; one line of it may not be longer than a limit.

import { createReadStream } from "node:fs";
import { isoToNs, isUpdateTime } from "@flowfusion/driver-kit";
import { FlowFusionError, type Message, type MessageValue, reasonOf } from "@flowfusion/graph";
import type { CsvConfig } from "./kind.ts";

const rowCharsMax = 1024 * 1024;

/** Readings in the order of the file, some at a time. Rejects with a FlowFusionError that names the row. */
export async function* readCsv(path: string, config: CsvConfig): AsyncGenerator<readonly Message[]> {
  const reader = new CsvRows(config.delimiter);
  let row = 0;
  let read: RowReader | undefined;
  const toReadings = (rows: readonly (readonly string[])[]): Message[] =>
    rows.flatMap((fields) => {
      row++;
      if (fields.length === 1 && fields[0] === "") return [];
      try {
        if (read !== undefined) return read(fields);
        read = rowReader(fields, config);
        return [];
      } catch (error) {
        throw invalid(`${path}, row ${row}: ${(error as Error).message}`, error);
      }
    });
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 256 * 1024 })) {
      const readings = toReadings(reader.push(chunk as string));
      if (readings.length > 0) yield readings;
    }
    yield toReadings(reader.end());
  } catch (error) {
    if (error instanceof FlowFusionError) throw error;
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw invalid(`${path}, after row ${row}: ${message}`, error);
    throw new FlowFusionError("FF_RECORDING_FILE", `${path}: cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** Cuts text that comes in pieces into rows of fields. */
export class CsvRows {
  readonly #delimiter: string;
  #fields: string[] = [];
  #field = "";
  #chars = 0;
  /** `quote`: a quote inside a quoted field was read, and the next character says whether the field ends. */
  #state: "plain" | "quoted" | "quote" = "plain";
  #isAfterReturn = false;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  push(text: string): string[][] {
    const rows: string[][] = [];
    for (const character of text) {
      if (++this.#chars > rowCharsMax) throw new Error(`a row of more than ${rowCharsMax} characters`);
      this.#take(character, rows);
    }
    return rows;
  }

  /** The last row, where the file does not end with a line end. */
  end(): string[][] {
    if (this.#state === "quoted") throw new Error("the file ends inside quotes");
    const rows: string[][] = [];
    if (this.#field !== "" || this.#fields.length > 0) this.#endRow(rows);
    return rows;
  }

  #take(character: string, rows: string[][]): void {
    const isLineFeedOfPair = this.#isAfterReturn && character === "\n";
    this.#isAfterReturn = false;
    if (this.#state === "quoted") {
      if (character === '"') this.#state = "quote";
      else this.#field += character;
      return;
    }
    if (isLineFeedOfPair) return;
    if (this.#state === "quote" && character === '"') {
      this.#field += '"';
      this.#state = "quoted";
    } else if (character === this.#delimiter) {
      this.#endField();
    } else if (character === "\n" || character === "\r") {
      this.#isAfterReturn = character === "\r";
      this.#endRow(rows);
    } else if (character === '"' && this.#field === "" && this.#state === "plain") {
      this.#state = "quoted";
    } else if (this.#state === "quote") {
      throw new Error("a quoted field goes on behind its quotes");
    } else {
      this.#field += character;
    }
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = "";
    this.#state = "plain";
  }

  #endRow(rows: string[][]): void {
    this.#endField();
    rows.push(this.#fields);
    this.#fields = [];
    this.#chars = 0;
  }
}

type RowReader = (fields: readonly string[]) => Message[];

/** By the header, which is the first row. */
function rowReader(given: readonly string[], config: CsvConfig): RowReader {
  const header = given.map((name, index) => (index === 0 ? name.replace(/^\uFEFF/, "") : name).trim());
  const column = (name: string): number => {
    const index = header.indexOf(name);
    if (index < 0) throw new Error(`there is no column ${JSON.stringify(name)}; there are ${header.join(", ")}`);
    return index;
  };
  const timestamp = column(config.timestampColumn);
  const readValue = (field: string) => parseValue(field, config.decimal);
  const timeOf = (fields: readonly string[]) => parseTime(fields[timestamp] ?? "", config.timestampUnit);
  const sized = (fields: readonly string[]): readonly string[] => {
    if (fields.length !== header.length) throw new Error(`${fields.length} fields, the header has ${header.length}`);
    return fields;
  };
  if (config.tagColumn === undefined) {
    const tags = header.flatMap((name, index) => (index === timestamp || name === "" ? [] : [[name, index] as const]));
    return (row) => {
      const timestampNs = timeOf(sized(row));
      return tags.flatMap(([topic, index]) => {
        const field = row[index]!;
        return field.trim() === "" ? [] : [{ topic, timestampNs, quality: 0 as const, value: readValue(field) }];
      });
    };
  }
  const [tag, value] = [column(config.tagColumn), column(config.valueColumn)];
  const quality = config.qualityColumn === undefined ? undefined : column(config.qualityColumn);
  return (row) => {
    const timestampNs = timeOf(sized(row));
    const field = row[value]!;
    return [
      {
        topic: row[tag]!,
        timestampNs,
        quality: quality === undefined ? 0 : parseQuality(row[quality]!),
        value: field.trim() === "" ? null : readValue(field),
      },
    ];
  };
}

/** A number where it is one, then true and false, else the text as it is. */
function parseValue(field: string, decimal: CsvConfig["decimal"]): MessageValue {
  const trimmed = field.trim();
  const number = decimal === "," ? commaNumber(trimmed) : Number(trimmed);
  if (!Number.isNaN(number)) return number;
  const word = trimmed.toLowerCase();
  return word === "true" ? true : word === "false" ? false : field;
}

/** A point would be one between thousands, of which nobody knows what was meant. */
const commaNumber = (text: string): number => (text.includes(".") ? Number.NaN : Number(text.replace(",", ".")));

function parseQuality(field: string): 0 | 1 | 2 {
  switch (field.trim().toLowerCase()) {
    case "good":
    case "0":
    case "":
      return 0;
    case "uncertain":
    case "1":
      return 1;
    case "bad":
    case "2":
      return 2;
    default:
      throw new Error(`${JSON.stringify(field.slice(0, 40))} is no quality: good, uncertain or bad expected`);
  }
}

const digitsBehindSecond = { s: 9, ms: 6, us: 3, ns: 0 } as const;

function parseTime(field: string, unit: CsvConfig["timestampUnit"]): bigint {
  const ns = unit === "iso8601" ? isoToNs(field.trim()) : parseUnits(field.trim(), digitsBehindSecond[unit]);
  if (ns === undefined || !isUpdateTime(ns)) {
    throw new Error(`${JSON.stringify(field.slice(0, 40))} is no time in ${unit} between 1970 and 2554`);
  }
  return ns;
}

/** A decimal number of units, exactly. */
function parseUnits(field: string, digits: number): bigint | undefined {
  const [, whole, fraction = ""] = /^(\d{1,20})(?:\.(\d+))?$/.exec(field) ?? [];
  return whole === undefined ? undefined : BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"));
}

const invalid = (message: string, cause: unknown): FlowFusionError =>
  new FlowFusionError("FF_RECORDING_INVALID", message, { cause });
