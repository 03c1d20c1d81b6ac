// Who may do what on a gateway. Each role may do all that the one before it may:
//
//   viewer     reads what runs, its counters and what it made
//   operator   changes what runs: artefacts, flows, drivers
//   admin      changes who may do so and where data goes: tokens, connections and their secrets; reads the audit log

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
