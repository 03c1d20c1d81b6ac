// Short messages about what was just done. One that tells of a failure stays until it is closed.

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad" | "idle";
  readonly text: string;
  readonly detail?: string | undefined;
}

const shownMs = 5_000;
const shownMax = 4;

class Toasts {
  items = $state.raw<readonly Toast[]>([]);
  #nextId = 1;

  good(text: string, detail?: string): void {
    this.#add("good", text, detail);
  }

  bad(text: string, detail?: string): void {
    this.#add("bad", text, detail);
  }

  say(text: string, detail?: string): void {
    this.#add("idle", text, detail);
  }

  close(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }

  #add(tone: Toast["tone"], text: string, detail: string | undefined): void {
    const toast: Toast = { id: this.#nextId++, tone, text, detail };
    this.items = [...this.items, toast].slice(-shownMax);
    if (tone !== "bad") setTimeout(() => this.close(toast.id), shownMs);
  }
}

export const toasts = new Toasts();
