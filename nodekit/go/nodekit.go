// Package nodekit is for writing Flow Fusion nodes in Go. A node is a main package that registers itself:
//
//	func init() { nodekit.Register(&myNode{}) }
//	func main() {}
//
// and is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -trimpath -o node.wasm
//
// A node is pure: its clock is that of the messages, its random numbers are the same in every run, and there are no
// files and arguments. What it prints goes to the flow's log.
package nodekit

// Node is what every node has. Implement Configurer, Ticker and Stateful as well, as needed.
type Node interface {
	// Handle takes one message that reached an input port; port is its position in the manifest, from 0 on. The message
	// is the node's to change and to emit, until Handle returns.
	Handle(port uint32, message Message)
}

// Configurer is a node that takes properties.
type Configurer interface {
	// Configure is called once, before anything else. An error refuses the flow; its text is what the user reads.
	Configure(properties Properties) error
}

// Ticker is a node that emits by time.
type Ticker interface {
	// Tick lets the node emit; nowNs is in nanoseconds since the Unix epoch.
	Tick(nowNs uint64)
}

// Stateful is a node that remembers. A flow that is swapped or restarted hands its state on.
type Stateful interface {
	// SaveState writes all that LoadState needs to continue as if nothing had happened.
	SaveState(state *StateWriter)
	// LoadState reads what SaveState of this version, or of an older one that the manifest accepts, has written. When it
	// returns an error the node must be as it was configured.
	LoadState(state *StateReader) error
}

var registered Node

// Register makes a node known to the kit. Call it once, from init.
func Register(node Node) {
	if registered != nil {
		panic("nodekit: a module has one node, and this is the second")
	}
	registered = node
}
