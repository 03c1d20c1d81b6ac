// Turns the one import of a compiled node, the function that evaluates its expressions, into a function of its own that
// answers "no result". So the node is a module like any other and runs as it is, and the compiler's optimiser could not
// look into what fusion will put there.
//
//   before   imports function 0, defines functions 1 to n
//   after    defines functions 0 to n; function 0 is exported as `expression_evaluate`
//
// An imported function comes first in the index space, as the first function defined does: no index changes.

const SectionId = { import: 2, function: 3, export: 7, code: 10 } as const;
const noResult = [0x00, 0x41, 0x7f, 0x0b];

export function ownImport(wasm: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [wasm.subarray(0, 8)];
  let type = 0;
  for (let at = 8; at < wasm.length; ) {
    const id = wasm[at]!;
    const [size, start] = readLeb(wasm, at + 1);
    const content = wasm.subarray(start, start + size);
    if (id === SectionId.import) {
      if (content[0] !== 1) throw new Error(`${content[0]} imports; a node has none but \`flowfusion.evaluate\``);
      type = content.at(-1)!;
    } else if (id === SectionId.function) parts.push(section(id, withFirst(content, leb(type))));
    else if (id === SectionId.code) parts.push(section(id, withFirst(content, [...leb(noResult.length), ...noResult])));
    else if (id === SectionId.export) parts.push(section(id, withLast(content, exportEntry("expression_evaluate"))));
    else parts.push(wasm.subarray(at, start + size));
    at = start + size;
  }
  return Buffer.concat(parts);
}

const exportEntry = (name: string): number[] => [...leb(name.length), ...new TextEncoder().encode(name), 0, 0];

function withFirst(content: Uint8Array, entry: readonly number[]): Uint8Array {
  const [count, start] = readLeb(content, 0);
  return Buffer.concat([Uint8Array.from([...leb(count + 1), ...entry]), content.subarray(start)]);
}

function withLast(content: Uint8Array, entry: readonly number[]): Uint8Array {
  const [count, start] = readLeb(content, 0);
  return Buffer.concat([Uint8Array.from(leb(count + 1)), content.subarray(start), Uint8Array.from(entry)]);
}

const section = (id: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([id, ...leb(content.length)]), content]);

function readLeb(bytes: Uint8Array, start: number): [value: number, end: number] {
  let value = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value, at + 1];
  }
}

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
