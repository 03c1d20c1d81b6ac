// Checks requests against the route's schemas: unknown fields are refused, nothing is converted except in the path
// and the query string, where all values arrive as text. All problems of a request are reported at once.

import type { Diagnostic } from "@flowfusion/graph";
import type { FastifySchemaCompiler, FastifySchemaValidationError } from "fastify";
import type { TSchema } from "typebox";
import { compileSchema } from "../compile-schema.ts";
import { ApiError } from "./problem.ts";

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  // With the first request for it, not while a gateway starts: there are a hundred, and a plant waits.
  let compiled: ReturnType<typeof compileSchema> | undefined;
  return (input: unknown) => {
    compiled ??= compileSchema(schema);
    const validator = compiled;
    const value = httpPart === "querystring" || httpPart === "params" ? validator.Convert(input) : input;
    return validator.Check(value) ? { value } : { error: validator.Errors(value) as never };
  };
};

/** Turns what the validator found into one error; `part` is where it was found: body, params, querystring. */
export function invalidRequest(part: string, errors: readonly FastifySchemaValidationError[]): ApiError {
  const diagnostics = [
    ...errors.filter(({ keyword }) => !isChoice(keyword)).flatMap((error) => diagnose(part, error)),
    ...choices(part, errors),
  ];
  const summary = diagnostics.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new ApiError("FF_API_REQUEST_INVALID", summary, { diagnostics });
}

/** A choice between values comes as an error for each of them, and one for the choice. */
const isChoice = (keyword: string): boolean => keyword === "const" || keyword === "anyOf";

function choices(part: string, errors: readonly FastifySchemaValidationError[]): Diagnostic[] {
  const values = Map.groupBy(
    errors.filter(({ keyword }) => keyword === "const"),
    (error) => pathOf(part, error),
  );
  const others = errors
    .filter(({ keyword }) => keyword !== "const")
    .map((error) => [pathOf(part, error), error] as const);
  const unexplained = others.filter(
    ([path, { keyword }]) =>
      keyword === "anyOf" &&
      !values.has(path) &&
      !others.some(([other, { keyword: by }]) => by !== "anyOf" && other.startsWith(path)),
  );
  return [
    ...[...values].map(([path, refused]) => {
      const allowed = new Set(refused.map(({ params }) => JSON.stringify(params.allowedValue)));
      return diagnostic(path, `${allowed.size === 1 ? "" : "one of "}${[...allowed].join(", ")} expected`);
    }),
    ...unexplained.map(([path, { message }]) => diagnostic(path, message ?? "anyOf")),
  ];
}

const pathOf = (part: string, { instancePath }: FastifySchemaValidationError): string =>
  [part, ...instancePath.split("/").slice(1)].join(".");

function diagnose(part: string, error: FastifySchemaValidationError): readonly Diagnostic[] {
  const path = pathOf(part, error);
  switch (error.keyword) {
    case "boolean":
      // Comes with every unknown field, next to the `additionalProperties` error that names them all.
      return [];
    case "additionalProperties":
      return names(error.params.additionalProperties).map((name) => diagnostic(`${path}.${name}`, "unknown field"));
    case "required":
      return names(error.params.requiredProperties).map((name) => diagnostic(`${path}.${name}`, "missing"));
    default:
      return [diagnostic(path, error.message ?? error.keyword)];
  }
}

function diagnostic(path: string, message: string): Diagnostic {
  return { code: "FF_API_REQUEST_INVALID", path, message };
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
