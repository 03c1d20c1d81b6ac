// Why a flow stopped at a message.

/**
 * - `trap`: the node's own code trapped.
 * - `fuel`: it used up the fuel that the host granted.
 * - `stack`: it called itself too deeply.
 * - `outbox_overflow`: it emitted more for one message than the outbox holds.
 * - `invalid_emission`: what it emitted is no message, or the port does not exist.
 * - `invalid_input`: the host passed something that is no run of frames.
 */
export const trapCauses = ["trap", "fuel", "stack", "outbox_overflow", "invalid_emission", "invalid_input"] as const;

export type TrapCause = (typeof trapCauses)[number];

/** What a node did, to be said behind its name. */
export const trapCauseTexts: { readonly [cause in TrapCause]: string } = {
  trap: "crashed",
  fuel: "ran out of fuel",
  stack: "called itself too deeply",
  outbox_overflow: "gave out too much at once",
  invalid_emission: "gave out what is no message",
  invalid_input: "was given what is no message",
};
