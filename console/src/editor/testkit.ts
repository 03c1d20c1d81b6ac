// What the tests of this folder share: the catalogue as a gateway gives it, and short spellings.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type NodeId, parseManifest, sha256 } from "@flowfusion/graph";
import { type Catalog, catalogOf, type NodeKind } from "./catalog.ts";
import { type Draft, draftOf } from "./draft.ts";
import { withPlaces } from "./layout.ts";

const nodesFolder = join(import.meta.dirname, "../../../nodes");

/** The built-in nodes, by the manifests that they ship. */
export const catalog: Catalog = catalogOf(
  readdirSync(nodesFolder)
    .map((folder) => join(nodesFolder, folder, "manifest.json"))
    .flatMap((file): NodeKind[] => {
      try {
        const bytes = readFileSync(file);
        const manifest = parseManifest(bytes);
        return [{ name: manifest.name, source: "built-in", module: sha256(bytes), manifest }];
      } catch (error) {
        if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) return [];
        throw error;
      }
    }),
);

export const id = (text: string): NodeId => text as NodeId;

export const boilerDocument = {
  nodes: {
    temps: { type: "tag_input", props: { tags: ["boiler/+/temp"] } },
    hot: { type: "filter", props: { op: ">", value: 90 } },
    mean: { type: "agg", props: { op: "avg", size: 100, topic: "boiler/mean" } },
    alarms: { type: "file", props: { path: "alarms.jsonl" } },
    trend: { type: "file", props: { path: "trend.jsonl" } },
  },
  wires: {
    "temps.out -> hot.in": {},
    "hot.pass -> alarms.in": {},
    "temps.out -> mean.in": {},
    "mean.out -> trend.in": {},
  },
};

export const boiler: Draft = withPlaces(draftOf(boilerDocument), catalog);
