// The configuration file of a gateway: JSON, checked whole before anything starts, all its faults told at once, each with
// its path. Paths in it are meant from the folder of the file. Secrets are not in it: it names the files that hold them.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Diagnostics, didYouMean, FlowFusionError, reasonOf } from "@flowfusion/graph";
import type { Static } from "typebox";
import * as Type from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { compileSchema } from "../compile-schema.ts";
import { workersMax } from "../dataplane/index.ts";
import type { GatewayOptions } from "../gateway.ts";

const closed = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const Positive = Type.Integer({ minimum: 1 });

const GatewayConfig = Type.Object(
  {
    dataDir: Type.Optional(Text),
    http: Type.Optional(Type.Object({ host: Text, port: Type.Integer({ minimum: 0, maximum: 65_535 }) }, closed)),
    tls: Type.Optional(Type.Object({ certFile: Text, keyFile: Text, clientCaFile: Type.Optional(Text) }, closed)),
    ingest: Type.Optional(Type.Array(Text)),
    workers: Type.Optional(Type.Integer({ minimum: 1, maximum: workersMax })),
    tokenFile: Type.Optional(Text),
    secretKeyFile: Type.Optional(Text),
    publisherKeyFiles: Type.Optional(Type.Array(Text)),
    outbound: Type.Optional(Type.Array(Text)),
    limits: Type.Optional(
      Type.Object(
        {
          fuelPerMessage: Type.Optional(Positive),
          fuelBurst: Type.Optional(Positive),
          maxPagesPerMemory: Type.Optional(Positive),
        },
        closed,
      ),
    ),
    artefactBytesMax: Type.Optional(Positive),
    healthGateMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
    recorderBytesMax: Type.Optional(Type.Integer({ minimum: 0 })),
    log: Type.Optional(Type.Enum(logLevels)),
  },
  closed,
);
type GatewayConfig = Static<typeof GatewayConfig>;

/** Options as far as the file says; throws FF_CONFIG_INVALID. */
export async function readConfig(path: string): Promise<Partial<GatewayOptions>> {
  const { options, problems } = await examineConfig(path);
  problems.throwIfAny("FF_CONFIG_INVALID", path);
  return options;
}

/** The same with what is wrong beside it; a setting that is wrong is left out. Throws where nothing of the file is of use. */
export async function examineConfig(
  path: string,
): Promise<{ readonly options: Partial<GatewayOptions>; readonly problems: Diagnostics }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw invalid(`${path} cannot be read: ${reasonOf(error)}`, error);
  }
  const folder = dirname(resolve(path));
  const { config, problems } = parseConfig(path, text);
  const { dataDir, tls, tokenFile, secretKeyFile, publisherKeyFiles, log, ...plain } = config;
  const inFolder = (file: string) => resolve(folder, file);
  const token =
    tokenFile === undefined
      ? undefined
      : await readToken(inFolder(tokenFile)).catch(({ message }: FlowFusionError) => {
          problems.report("FF_CONFIG_INVALID", "tokenFile", () => message);
          return undefined;
        });
  const options: Partial<GatewayOptions> = {
    ...(plain as Partial<GatewayOptions>),
    ...(dataDir !== undefined && { dataDir: inFolder(dataDir) }),
    ...(tls !== undefined && {
      tls: {
        certFile: inFolder(tls.certFile),
        keyFile: inFolder(tls.keyFile),
        ...(tls.clientCaFile !== undefined && { clientCaFile: inFolder(tls.clientCaFile) }),
      },
    }),
    ...(token !== undefined && { token }),
    ...(secretKeyFile !== undefined && { secretKeyFile: inFolder(secretKeyFile) }),
    ...(publisherKeyFiles !== undefined && { publisherKeyFiles: publisherKeyFiles.map(inFolder) }),
    ...(log !== undefined && { log: { level: log } }),
  };
  return { options, problems };
}

/** The first line of a file; the rest of it, and the file in an error, stay unsaid. */
export async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw invalid(`the token file ${path} cannot be read: ${reasonOf(error)}`, error);
  }
}

function parseConfig(path: string, text: string): { config: GatewayConfig; problems: Diagnostics } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`${path}: ${reasonOf(error)}`, error);
  }
  const validator = compileSchema(GatewayConfig);
  if (validator.Check(value)) return { config: value as GatewayConfig, problems: new Diagnostics() };
  const errors = validator.Errors(value);
  const problems = diagnose(errors);
  const wrong = new Set(errors.map(({ instancePath }) => instancePath.split("/")[1]));
  // Which addresses are allowed hangs on it.
  if (wrong.has("tls")) wrong.add("http");
  if (typeof value !== "object" || value === null) problems.throwIfAny("FF_CONFIG_INVALID", path);
  const right = Object.entries(value as object).filter(
    ([name]) => Object.hasOwn(GatewayConfig.properties, name) && !wrong.has(name),
  );
  return { config: Object.fromEntries(right), problems };
}

function diagnose(errors: readonly TLocalizedValidationError[]): Diagnostics {
  const diagnostics = new Diagnostics();
  const known = new Set<string>();
  for (const { keyword, instancePath, message, params } of errors) {
    const path = instancePath.split("/").slice(1).join(".");
    const add = (at: string, text: string) => {
      const problem = `${at} ${text}`;
      if (!known.has(problem)) diagnostics.report("FF_CONFIG_INVALID", at || "the file", () => text);
      known.add(problem);
    };
    if (keyword === "additionalProperties") {
      for (const name of (params as { additionalProperties: readonly string[] }).additionalProperties) {
        add(path === "" ? name : `${path}.${name}`, `unknown field${didYouMean(name, fieldsAt(path))}`);
      }
    } else if (keyword === "required") {
      for (const name of (params as { requiredProperties: readonly string[] }).requiredProperties) {
        add(path === "" ? name : `${path}.${name}`, "missing");
      }
    } else if (keyword === "enum") {
      add(path, `must be one of ${logLevels.join(", ")}`);
    } else if (keyword !== "boolean") {
      add(path, message ?? keyword);
    }
  }
  if (diagnostics.isEmpty) diagnostics.report("FF_CONFIG_INVALID", "the file", () => "is not of the described shape");
  return diagnostics;
}

/** The fields that the object at `path` may have. */
function fieldsAt(path: string): readonly string[] {
  const steps = path === "" ? [] : path.split(".");
  type Fields = { readonly [name: string]: { readonly properties?: Fields } };
  const fields = steps.reduce<Fields>(
    (known, step) => known[step]?.properties ?? {},
    GatewayConfig.properties as Fields,
  );
  return Object.keys(fields);
}

function invalid(message: string, cause: unknown): FlowFusionError {
  return new FlowFusionError("FF_CONFIG_INVALID", message, { cause });
}
