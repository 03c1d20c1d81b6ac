// Memory for one call. Everything that a caller passes in or a node emits lives here and is gone when the caller
// says `cabi_post_*`, so a node never frees and never leaks. A request that does not fit opens a chunk at least twice
// as large; the old one stays unused, which the doubling bounds.

const firstChunkBytes: usize = 512;

let start: usize = 0;
let end: usize = 0;
let top: usize = 0;

/** Bytes, aligned to 8, that live until the end of the call. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function allocate(size: usize): usize {
  const at = top;
  const next = at + ((size + 7) & ~7);
  if (next > end || next < at) return allocateInNewChunk(size);
  top = next;
  return at;
}

function allocateInNewChunk(size: usize): usize {
  const chunk = max((end - start) << 1, firstChunkBytes + ((size + 7) & ~7));
  start = (heap.alloc(chunk + 8) + 7) & ~7;
  end = start + chunk;
  top = start + ((size + 7) & ~7);
  return start;
}

/** Ends the call: what was allocated in it may be overwritten. */
// @ts-ignore: decorator, which AssemblyScript allows here and editors do not know
@inline
export function release(): void {
  top = start;
}

export function reallocate(old: usize, oldSize: usize, size: usize): usize {
  if (oldSize == 0) return allocate(size);
  const at = allocate(size);
  memory.copy(at, old, min(oldSize, size));
  return at;
}
