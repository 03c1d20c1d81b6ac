// Who may do what. Each role may do all that the one before it may:
//
//   viewer     reads what runs, its counters and what it made
//   operator   changes what runs: artefacts, flows, drivers
//   admin      changes who may do so and where data goes: tokens, connections and their secrets; reads the audit log

export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

/** What a route asks for; `public` is for what supervisors read without a token, and for signing in. */
export type Access = Role | "public";

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
