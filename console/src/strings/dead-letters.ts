// What the page of dead letters says.

export const deadLettersText = {
  title: "Dead letters",
  count: (kept: string) => `${kept} kept`,
  flow: "Flow",
  flows: "Flows with dead letters",
  keptOf: (kept: string, all: string) => `${kept} kept of ${all}`,
  table: (flow: string) => `Messages that ${flow} died of, oldest first`,
  columns: { choose: "Choose", at: "When", node: "Node", message: "Message", cause: "Cause", details: "Details" },
  chooseAll: "Choose all that are shown",
  choose: (id: number) => `Choose message ${id}`,
  through: (input: string, port: string) => `came in through ${input}${port === "" ? "" : `, got on ${port}`}`,
  noNode: "the flow itself",
  unreadable: (bytes: string) => `${bytes} that are no message`,
  show: (id: number) => `Show message ${id}`,
  letter: (id: number) => `Message ${id}`,
  bytes: "Bytes, base64",
  document: "Message",
  replay: (count: number) => (count === 0 ? "Replay all" : `Replay ${count}`),
  replayed: (replayed: string, deadAgain: number) =>
    deadAgain === 0 ? `${replayed} went through` : `${replayed} were given to the flow again`,
  deadAgain: (count: string) => `${count} of them killed it again and are back here`,
  replayRefused: (count: string, why: string) => `${count} could not be replayed: ${why}`,
  discard: (count: number) => (count === 0 ? "Discard all" : `Discard ${count}`),
  discardTitle: (count: number, flow: string) =>
    count === 0 ? `Discard all dead letters of ${flow}?` : `Discard ${count} dead letters of ${flow}?`,
  messages: (count: number) => (count === 1 ? "1 message" : `${count} messages`),
  discardText: "They are gone for good; nothing can replay them any more.",
  discarded: (count: number) => (count === 1 ? "1 message was discarded" : `${count} messages were discarded`),
  failed: "Nothing was changed",
  more: "Show more",
  emptyTitle: "No dead letters",
  emptyText:
    "A message that makes a node trap is kept here with the cause, in place of stopping the flow each time. Nothing is kept now.",
} as const;
