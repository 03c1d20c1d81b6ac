// Whether the gateway answers. Whoever reads from it reports how it went; the shell shows a banner and greys what is stale
// while it does not, and everything goes on by itself when it does again.

class Connection {
  /** When the gateway last did not answer for the first time, ms since the epoch; undefined while it answers. */
  lostAtMs = $state<number | undefined>();

  get isLost(): boolean {
    return this.lostAtMs !== undefined;
  }

  answered(): void {
    this.lostAtMs = undefined;
  }

  failed(): void {
    this.lostAtMs ??= Date.now();
  }
}

export const connection = new Connection();
