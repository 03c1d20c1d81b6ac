// Checks drafts away from the page: the page stays smooth, and the code that is made of a node's schema runs where it can
// reach neither the page nor the network.

import type { Catalog } from "../../editor/catalog.ts";
import { checkGraph } from "../../editor/check.ts";
import type { CheckAnswer, CheckRequest } from "./checker.ts";

let catalog: Catalog = new Map();

self.addEventListener("message", ({ data }: MessageEvent<CheckRequest>) => {
  if (data.kind === "catalog") {
    catalog = data.catalog;
    return;
  }
  const answer: CheckAnswer = { number: data.number, checked: checkGraph(data.graph, catalog) };
  self.postMessage(answer);
});
