package nodekit

// Memory for one call: what a caller passes in and what a node emits lies here and is gone when the caller says so. It
// keeps the garbage collector out of the hot path. A request that does not fit opens a chunk at least twice as large.

const firstChunkBytes = 16384

var (
	chunk = make([]byte, firstChunkBytes)
	used  int
	// Chunks of this call that were outgrown; emissions may still point into them.
	outgrown [][]byte
)

// allocate gives bytes, aligned to 8, that live until the end of the call. Their content is left over from earlier calls.
func allocate(size int) []byte {
	padded := (size + 7) &^ 7
	if padded > len(chunk)-used {
		outgrown = append(outgrown, chunk)
		chunk = make([]byte, max(2*len(chunk), padded))
		used = 0
	}
	block := chunk[used : used+size : used+padded]
	used += padded
	return block
}

func release() {
	used = 0
	if outgrown != nil {
		outgrown = nil
	}
}
