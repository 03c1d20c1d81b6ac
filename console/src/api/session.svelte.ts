// Who is signed in. When the gateway says that nobody is, the sign-in is shown in place of the page, at the same address, so
// that the reader is back where they were.

import type { SessionInfo } from "@flowfusion/client";
import { mayAct, type Role } from "@flowfusion/graph";
import { strings } from "../strings.ts";
import { type Fault, faultOf, isSignedOut } from "./faults.ts";
import { gateway, onSignedOut } from "./gateway.ts";

type SessionState =
  | { readonly kind: "asking" }
  | { readonly kind: "unreachable"; readonly fault: Fault }
  | { readonly kind: "signed-out"; readonly hasExpired: boolean }
  | { readonly kind: "signed-in"; readonly info: SessionInfo };

class Session {
  state = $state.raw<SessionState>({ kind: "asking" });

  constructor() {
    onSignedOut(() => {
      if (this.state.kind === "signed-in") this.state = { kind: "signed-out", hasExpired: true };
    });
  }

  get info(): SessionInfo | undefined {
    return this.state.kind === "signed-in" ? this.state.info : undefined;
  }

  /** Takes up the session of the browser's cookie, if it has one. */
  async resume(): Promise<void> {
    this.state = { kind: "asking" };
    try {
      this.state = { kind: "signed-in", info: await gateway.session() };
    } catch (error) {
      this.state = isSignedOut(error)
        ? { kind: "signed-out", hasExpired: false }
        : { kind: "unreachable", fault: faultOf(error) };
    }
  }

  /** Throws what the gateway says against the token. */
  async signIn(token: string): Promise<void> {
    this.state = { kind: "signed-in", info: await gateway.openSession(token) };
  }

  async signOut(): Promise<void> {
    try {
      await gateway.closeSession();
    } catch (error) {
      if (!isSignedOut(error)) throw error;
    }
    this.state = { kind: "signed-out", hasExpired: false };
  }

  /** Why the role of who is signed in does not allow what takes `needed`; undefined when it does. */
  lacks(needed: Role): string | undefined {
    const role = this.info?.role;
    if (role !== undefined && mayAct(role, needed)) return undefined;
    return strings.session.roleNeeded(needed, role ?? "viewer");
  }
}

export const session = new Session();
