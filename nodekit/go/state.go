package nodekit

import (
	"encoding/binary"
	"errors"
	"math"
)

// StateWriter takes plain values, one after the other. What is written first is read first; the state version in the
// manifest says which values there are.
type StateWriter struct {
	bytes []byte
}

func (w *StateWriter) Uint64(value uint64) {
	w.bytes = binary.LittleEndian.AppendUint64(w.bytes, value)
}

func (w *StateWriter) Float64(value float64) { w.Uint64(math.Float64bits(value)) }

func (w *StateWriter) Text(value string) {
	w.Uint64(uint64(len(value)))
	w.bytes = append(w.bytes, value...)
}

// StateReader gives back what a StateWriter took. Reading past the end gives zeros, and Finished an error.
type StateReader struct {
	left       []byte
	isTooShort bool
}

func (r *StateReader) take(size uint64) []byte {
	if size > uint64(len(r.left)) {
		r.isTooShort = true
		r.left = nil
		return nil
	}
	taken := r.left[:size]
	r.left = r.left[size:]
	return taken
}

func (r *StateReader) Uint64() uint64 {
	if taken := r.take(8); taken != nil {
		return binary.LittleEndian.Uint64(taken)
	}
	return 0
}

func (r *StateReader) Float64() float64 { return math.Float64frombits(r.Uint64()) }

func (r *StateReader) Text() string { return string(r.take(r.Uint64())) }

// Finished gives an error unless all was read and nothing lacked. Ask before anything that was read is put to use.
func (r *StateReader) Finished() error {
	if r.isTooShort || len(r.left) > 0 {
		return errors.New("the state has another length than this version of the node writes")
	}
	return nil
}
