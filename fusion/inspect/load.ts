// From bytes to a checked node module, the only way into a catalog.

import { type NodeModule, sha256 } from "@flowfusion/graph";
import { describeModule } from "../binary/module.ts";
import { validate } from "../binary/validate.ts";
import { withExpressions } from "../expr/support.ts";
import { nodeLimits } from "../limits.ts";
import { throwProblems } from "../problems.ts";
import { checkNode } from "./check.ts";
import { measureCode, sizeProblem } from "./measure.ts";

/** Throws a FlowFusionError `FF_MODULE_*` that names all problems of the module. */
export function loadModule(wasm: Uint8Array): NodeModule {
  const oversize = sizeProblem(wasm, nodeLimits);
  if (oversize) throwProblems("module", [{ code: "FF_MODULE_LIMIT", path: "module", message: oversize }]);
  const module = describeModule(wasm);
  const code = measureCode(module);
  validate(wasm);
  const { manifest, problems } = checkNode(module, code);
  throwProblems("module", problems);
  return withExpressions({ manifest: manifest!, digest: sha256(wasm), wasm });
}
