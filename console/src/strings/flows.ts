// What the list of flows says.

export const flowsText = {
  title: "Flows",
  count: (shown: number, all: number) => (shown === all ? String(all) : `${shown} of ${all}`),
  search: "Search flows",
  table: "Flows of this gateway",
  columns: {
    name: "Flow",
    generation: "Version",
    in: "In / s",
    out: "Out / s",
    p50: "P50",
    p99: "P99",
    dropped: "Dropped",
    deadLetters: "Dead letters",
    deployed: "Deployed",
  },
  trend: "Messages in, last minute",
  conditions: { running: "Running", restarting: "Restarting", broken: "Broken" },
  development: "Development",
  developmentHint: "Runs node by node and is traced, slower than fused",
  deployedBy: (who: string) => `by ${who}`,
  notMeasured: "–",
  digest: "the digest",
  noMatch: (text: string) => `No flow is called anything like “${text}”`,
  noMatchText: "The search looks at names, digests and who deployed.",
  clear: "Clear the search",
  emptyTitle: "No flow runs here yet",
  emptyText:
    "A flow is a Pulumi program: declare nodes and wires, preview, deploy. This one raises an alarm above 90 degrees.",
  emptyProgram: "the program",
  emptyRun: "the commands",
} as const;
