// Does what its text messages say, with the parts of Go's library that reach for an operating system.
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"flowfusion/nodekit"
)

type probe struct {
	kept [][]byte
}

func init() { nodekit.Register(&probe{}) }

func main() {}

func (p *probe) Handle(port uint32, message nodekit.Message) {
	answer := p.answer(string(message.Body()))
	nodekit.Emit(0, nodekit.NewText(message.Topic(), message.TimestampNs(), answer))
}

func (p *probe) answer(question string) string {
	switch question {
	case "time":
		return time.Now().UTC().Format(time.RFC3339Nano)
	case "sleep":
		start := time.Now()
		time.Sleep(3 * time.Second)
		return fmt.Sprint(time.Since(start) >= 3*time.Second)
	case "goroutines":
		results := make(chan int)
		for worker := range 4 {
			go func() {
				time.Sleep(time.Duration(worker) * time.Millisecond)
				results <- worker
			}()
		}
		var order []string
		for range 4 {
			order = append(order, fmt.Sprint(<-results))
		}
		return strings.Join(order, " ")
	case "random":
		return fmt.Sprint(rand.Uint64())
	case "map order":
		numbers := map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true}
		return fmt.Sprint(func() (order []int) {
			for number := range numbers {
				order = append(order, number)
			}
			return
		}())
	case "print":
		fmt.Println("to standard output")
		fmt.Fprintln(os.Stderr, "to standard error")
		return "printed"
	case "arguments":
		return fmt.Sprint(len(os.Args), len(os.Environ()))
	case "garbage":
		for round := range 20 {
			p.kept = append(p.kept[max(0, len(p.kept)-4):], make([]byte, 1<<20))
			p.kept[len(p.kept)-1][round] = 1
		}
		return "collected"
	case "panic":
		panic("as it was told to")
	default:
		return "what?"
	}
}
