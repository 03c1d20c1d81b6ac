// Within a workspace, too, imports go in one direction: folders that import each other, straight or round about, cannot be
// understood one without the other.

import { importsOf, isTest, type Rule, resolveRelative } from "./sources.ts";

export function noCircles(workspaces: readonly string[]): Rule {
  return (sources) => {
    const imports = new Map<string, Set<string>>();
    for (const source of sources) {
      const workspace = workspaces.find((folder) => source.path.startsWith(`${folder}/`));
      if (workspace === undefined || isTest(source.path)) continue;
      const from = partOf(source.path, workspace);
      const targets = imports.get(from) ?? new Set<string>();
      imports.set(from, targets);
      for (const specifier of importsOf(source).filter((name) => name.startsWith("."))) {
        const to = partOf(resolveRelative(source, specifier), workspace);
        if (to !== from) targets.add(to);
      }
    }
    return circlesOf(imports).map((circle) => `${circle}: import each other`);
  };
}

/** A folder of the workspace, or a file that lies in none. */
function partOf(path: string, workspace: string): string {
  const base = path.startsWith(`${workspace}/src/`) ? `${workspace}/src` : workspace;
  return `${base}/${path.slice(base.length + 1).split("/")[0]}`;
}

/** What reaches itself, each circle once, by its sorted parts. */
function circlesOf(imports: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reached = new Map([...imports.keys()].map((part) => [part, reachedFrom(part, imports)] as const));
  const circles = [...reached].flatMap(([part, others]) =>
    others.has(part)
      ? [
          [...others]
            .filter((other) => reached.get(other)?.has(part))
            .sort()
            .join(", "),
        ]
      : [],
  );
  return [...new Set(circles)];
}

function reachedFrom(start: string, imports: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>();
  const next = [...(imports.get(start) ?? [])];
  for (let part = next.pop(); part !== undefined; part = next.pop()) {
    if (reached.has(part)) continue;
    reached.add(part);
    next.push(...(imports.get(part) ?? []));
  }
  return reached;
}
