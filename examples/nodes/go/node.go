// A moving average: the mean of the last values, at each value.
package main

import (
	"errors"

	"flowfusion/nodekit"
)

const sizeMax = 64

type movingAverage struct {
	size  int
	topic string
	// Oldest first.
	values []float64
}

func init() {
	nodekit.Register(&movingAverage{values: make([]float64, 0, sizeMax+1)})
}

func main() {}

func (n *movingAverage) Configure(properties nodekit.Properties) error {
	n.size = int(properties.Number("size", 0))
	n.topic = properties.Text("topic", "")
	if n.size < 1 || n.size > sizeMax {
		return errors.New("size must be 1 to 64")
	}
	return nil
}

func (n *movingAverage) Handle(port uint32, message nodekit.Message) {
	if !message.IsNumeric() {
		return
	}
	n.append(message.Number())
	message.SetNumber(n.mean())
	nodekit.Emit(0, message.WithTopic(n.topic))
}

func (n *movingAverage) append(value float64) {
	n.values = append(n.values, value)
	if excess := len(n.values) - n.size; excess > 0 {
		n.values = n.values[:copy(n.values, n.values[excess:])]
	}
}

func (n *movingAverage) mean() float64 {
	sum := 0.0
	for _, value := range n.values {
		sum += value
	}
	return sum / float64(len(n.values))
}

func (n *movingAverage) SaveState(state *nodekit.StateWriter) {
	state.Uint64(uint64(len(n.values)))
	for _, value := range n.values {
		state.Float64(value)
	}
}

func (n *movingAverage) LoadState(state *nodekit.StateReader) error {
	count := state.Uint64()
	if count > sizeMax {
		return errors.New("the state holds more than 64 values")
	}
	values := make([]float64, count)
	for index := range values {
		values[index] = state.Float64()
	}
	if err := state.Finished(); err != nil {
		return err
	}
	n.values = n.values[:0]
	for _, value := range values {
		n.append(value)
	}
	return nil
}
