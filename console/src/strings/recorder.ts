// What the page of the recorder says.

export const recorderText = {
  title: "Recorder",
  intro:
    "The gateway keeps the tag updates that came in last, in memory. A recording of them runs any version of a flow again: in a preview, in flowfusion simulate, and through a driver of the kind replay.",
  kept: "Kept",
  keptOf: (most: string) => `of ${most}`,
  batches: "Batches",
  skipped: "Too large to keep",
  off: "The recorder is off",
  offText: "The gateway was started with recorderBytesMax 0, so it keeps nothing.",
  exportTitle: "Export a recording",
  updates: "Updates, the newest",
  updatesHelp: "1 to 1,000,000",
  updatesWrong: "Give a whole number from 1 to 1,000,000",
  tags: "Tags",
  tagsHelp: "Patterns such as boiler/+/temp, with commas between; all tags when empty",
  download: "Download",
  file: (at: string) => `recording-${at}.rec`,
  exported: (bytes: string) => `The recording has ${bytes}`,
  failed: "Nothing was exported",
  useTitle: "Run a flow on it",
  use: "the command",
} as const;

export const simulateCommand = "flowfusion simulate graph.json --input recording.rec";
