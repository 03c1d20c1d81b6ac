package nodekit

// The canonical ABI of the node contract: what the flow calls, and how the answers lie in memory.

import "unsafe"

// Most emissions of one call; a node that emits more panics.
const emissionsMax = 1024

// LogPort takes lines for the flow's log.
const LogPort = 0xffff_ffff

type emission struct {
	port, start, length uint32
}

var (
	emissions     [emissionsMax]emission
	emissionCount int
	// A list, as pointer and length; or a result: 0 or 1, then pointer and length of the error text.
	answer  [3]uint32
	refusal []byte
)

// Emit sends a message from an output port. It may be the one that came in.
func Emit(port uint32, message Message) {
	if emissionCount == emissionsMax {
		panic("nodekit: too many emissions in one call")
	}
	emissions[emissionCount] = emission{port, addressOf(message), uint32(len(message))}
	emissionCount++
}

// Log writes a line to the flow's log.
func Log(timestampNs uint64, text string) {
	Emit(LogPort, NewText("", timestampNs, text))
}

func addressOf(bytes []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}

func takeEmissions() unsafe.Pointer {
	answer = [3]uint32{uint32(uintptr(unsafe.Pointer(&emissions))), uint32(emissionCount)}
	emissionCount = 0
	return unsafe.Pointer(&answer)
}

func result(err error) unsafe.Pointer {
	if err == nil {
		answer = [3]uint32{}
	} else {
		refusal = []byte(err.Error())
		answer = [3]uint32{1, addressOf(refusal), uint32(len(refusal))}
	}
	return unsafe.Pointer(&answer)
}

//go:wasmexport cabi_realloc
func realloc(old unsafe.Pointer, oldSize, align, size uint32) unsafe.Pointer {
	block := allocate(int(size))
	if oldSize > 0 {
		copy(block, unsafe.Slice((*byte)(old), oldSize))
	}
	return unsafe.Pointer(unsafe.SliceData(block))
}

//go:wasmexport configure
func configure(start unsafe.Pointer, length uint32) unsafe.Pointer {
	if node, ok := registered.(Configurer); ok {
		return result(node.Configure(Properties(unsafe.Slice((*byte)(start), length))))
	}
	return result(nil)
}

//go:wasmexport handle
func handle(port uint32, start unsafe.Pointer, length uint32) unsafe.Pointer {
	registered.Handle(port, Message(unsafe.Slice((*byte)(start), length)))
	return takeEmissions()
}

//go:wasmexport tick
func tick(nowNs uint64) unsafe.Pointer {
	if node, ok := registered.(Ticker); ok {
		node.Tick(nowNs)
	}
	return takeEmissions()
}

//go:wasmexport save_state
func saveState() unsafe.Pointer {
	var writer StateWriter
	if node, ok := registered.(Stateful); ok {
		node.SaveState(&writer)
	}
	// Kept in the arena, so that it lives until the flow has taken it.
	kept := allocate(len(writer.bytes))
	copy(kept, writer.bytes)
	answer = [3]uint32{addressOf(kept), uint32(len(kept))}
	return unsafe.Pointer(&answer)
}

//go:wasmexport load_state
func loadState(start unsafe.Pointer, length uint32) unsafe.Pointer {
	if node, ok := registered.(Stateful); ok {
		return result(node.LoadState(&StateReader{left: unsafe.Slice((*byte)(start), length)}))
	}
	return result(nil)
}

//go:wasmexport cabi_post_configure
func postConfigure(unsafe.Pointer) { release() }

//go:wasmexport cabi_post_handle
func postHandle(unsafe.Pointer) { release() }

//go:wasmexport cabi_post_tick
func postTick(unsafe.Pointer) { release() }

//go:wasmexport cabi_post_save_state
func postSaveState(unsafe.Pointer) { release() }

//go:wasmexport cabi_post_load_state
func postLoadState(unsafe.Pointer) { release() }
