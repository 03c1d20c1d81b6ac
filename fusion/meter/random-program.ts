// Makes random modules for tests: structured control flow of every kind, calls, bulk operations with lengths that are
// not constant. Every program ends: loops count down at their head, and functions call only those before them.

export interface Program {
  readonly text: string;
  /** Exported functions (i32) -> i32. */
  readonly functions: readonly string[];
}

export function randomProgram(seed: number): Program {
  const random = generator(seed);
  const count = 1 + random(4);
  const functions = Array.from({ length: count }, (_, index) => `f${index}`);
  const bodies = functions.map((name, index) => new FunctionText(random, index).text(name));
  const text = `(module (memory $m (export "memory") 1 2) (memory $n (export "other") 1)
    (global $acc (mut i32) (i32.const 0)) (table 8 funcref) (elem (i32.const 0) func $f0)
    (type $unary (func (param i32) (result i32)))
    ${bodies.join("\n")})`;
  return { text, functions };
}

/** A small deterministic source of numbers below a bound (mulberry32). */
export function generator(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

class FunctionText {
  readonly #random: (bound: number) => number;
  readonly #index: number;
  #loops = 0;
  #statements = 30;

  constructor(random: (bound: number) => number, index: number) {
    this.#random = random;
    this.#index = index;
  }

  text(name: string): string {
    const body = this.#block(["$out"]);
    const counters = Array.from({ length: this.#loops }, (_, index) => `(local $k${index} i32)`).join(" ");
    return `(func $${name} (export "${name}") (param $x i32) (result i32) ${counters}
      (block $out ${body}) (i32.xor (local.get $x) (global.get $acc)))`;
  }

  #block(labels: readonly string[]): string {
    return Array.from({ length: 1 + this.#random(4) }, () => this.#statement(labels)).join("\n");
  }

  #statement(labels: readonly string[]): string {
    if (this.#statements-- <= 0) return "(nop)";
    const label = () => labels[this.#random(labels.length)];
    const nested = labels.length < 5;
    switch (this.#random(nested ? 14 : 10)) {
      case 0:
        return `(local.set $x (i32.add ${this.#value()} (i32.mul (local.get $x) (i32.const 31))))`;
      case 1:
        return `(i32.store $m (i32.and ${this.#value()} (i32.const 0xfffc)) (local.get $x))`;
      case 2:
        return `(global.set $acc (i32.rotl (i32.add (global.get $acc) (local.get $x)) (i32.const 5)))`;
      case 3:
        return `(br_if ${label()} (i32.eqz (i32.rem_u ${this.#value()} (i32.const ${2 + this.#random(5)}))))`;
      case 4:
        return `(br_table ${label()} ${label()} ${label()} (i32.and ${this.#value()} (i32.const 7)))`;
      case 5:
        return `(if (i32.eqz (i32.and (local.get $x) (i32.const 15))) (then (return (local.get $x))))`;
      case 6:
        return this.#call();
      case 7:
        return `(memory.fill $n (i32.and ${this.#value()} (i32.const 0x7fff)) (local.get $x) (i32.and ${this.#value()} (i32.const 255)))`;
      case 8:
        return `(memory.copy $m $n (i32.and (local.get $x) (i32.const 0x7fff)) (i32.const 64) (i32.const ${this.#random(300)}))`;
      case 9:
        return `(local.set $x (i32.add (local.get $x) (memory.grow $m (i32.and (local.get $x) (i32.const 1)))))`;
      case 10:
        return this.#loop(labels);
      case 11:
        return this.#loop(labels);
      case 12:
        return `(block $b${labels.length} ${this.#block([...labels, `$b${labels.length}`])})`;
      default:
        return `(if (i32.and ${this.#value()} (i32.const 1)) (then ${this.#block(labels)}) (else ${this.#block(labels)}))`;
    }
  }

  #value(): string {
    if (this.#random(4) === 0) return `(i32.const ${this.#random(1 << 16)})`;
    return this.#random(2) === 0 ? "(local.get $x)" : "(i32.load $m (i32.and (local.get $x) (i32.const 0xfffc)))";
  }

  #call(): string {
    if (this.#index === 0) return "(nop)";
    if (this.#random(3) === 0) {
      return "(local.set $x (call_indirect (type $unary) (local.get $x) (i32.const 0)))";
    }
    return `(local.set $x (call $f${this.#random(this.#index)} ${this.#value()}))`;
  }

  #loop(labels: readonly string[]): string {
    const counter = `$k${this.#loops++}`;
    const [done, again] = [`$d${labels.length}`, `$l${labels.length}`];
    return `(local.set ${counter} (i32.const ${this.#random(5)}))
      (block ${done} (loop ${again}
        (br_if ${done} (i32.eqz (local.get ${counter})))
        (local.set ${counter} (i32.sub (local.get ${counter}) (i32.const 1)))
        ${this.#block([...labels, done, again])}
        (br ${again})))`;
  }
}
