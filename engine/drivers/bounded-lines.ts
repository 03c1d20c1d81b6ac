// Cuts what a process prints into lines, and holds no more of a line than a limit: a longer one is handed on in pieces.

export class BoundedLines {
  readonly #charsMax: number;
  readonly #onLine: (line: string) => void;
  #held = "";

  constructor(charsMax: number, onLine: (line: string) => void) {
    this.#charsMax = charsMax;
    this.#onLine = onLine;
  }

  push(text: string): void {
    const lines = (this.#held + text).split("\n");
    this.#held = lines.pop()!;
    for (const line of lines) this.#emit(line);
    while (this.#held.length > this.#charsMax) {
      this.#onLine(this.#held.slice(0, this.#charsMax));
      this.#held = this.#held.slice(this.#charsMax);
    }
  }

  end(): void {
    if (this.#held !== "") this.#emit(this.#held);
    this.#held = "";
  }

  #emit(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += this.#charsMax) {
      this.#onLine(line.slice(at, at + this.#charsMax));
    }
  }
}
