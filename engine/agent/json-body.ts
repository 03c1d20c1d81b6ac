// Reads JSON bodies, bounded in depth before anything is built from them. Keys such as `__proto__` need no care of their
// own: JSON.parse makes plain fields of them, and the routes' schemas refuse every field that they do not name.

import type { FastifyInstance } from "fastify";
import { ApiError } from "./problem.ts";

/** Nesting of objects and arrays; the deepest body that a route takes has 3. */
export const DEPTH_MAX = 32;

export function acceptJson(app: FastifyInstance): void {
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body: string, done) => {
    const depth = nestingDepth(body);
    if (depth > DEPTH_MAX) {
      done(new ApiError("FF_API_BODY_SYNTAX", `the body nests ${depth} levels deep, ${DEPTH_MAX} allowed`));
      return;
    }
    try {
      done(null, JSON.parse(body));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      done(new ApiError("FF_API_BODY_SYNTAX", `the body is not JSON: ${why}`));
    }
  });
}

/** The deepest nesting of brackets outside strings; that they match is the parser's to check. */
export function nestingDepth(json: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (isInString) {
      if (character === "\\") {
        at++;
      } else if (character === '"') {
        isInString = false;
      }
    } else if (character === '"') {
      isInString = true;
    } else if (character === "{" || character === "[") {
      deepest = Math.max(deepest, ++depth);
    } else if (character === "}" || character === "]") {
      depth--;
    }
  }
  return deepest;
}
