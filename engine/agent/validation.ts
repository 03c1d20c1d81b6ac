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
  const diagnostics = errors.flatMap((error) => diagnose(part, error));
  const summary = diagnostics.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new ApiError("FF_API_REQUEST_INVALID", summary, { diagnostics });
}

function diagnose(part: string, error: FastifySchemaValidationError): readonly Diagnostic[] {
  const path = [part, ...error.instancePath.split("/").slice(1)].join(".");
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
