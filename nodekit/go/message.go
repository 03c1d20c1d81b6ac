package nodekit

import (
	"encoding/binary"
	"math"
)

// Message is a message where it lies in memory, in the layout Message v1 of the node contract:
//
//	offset  type   field                       little-endian, the whole padded with zeros to a multiple of 8
//	0       u64    timestamp, ns since the Unix epoch
//	8       8 B    scalar: f64, i64, or 0/1 for a boolean
//	16      u8     kind
//	17      u8     quality
//	18      u16    topic length, bytes
//	20      u32    body length, bytes
//	24      …      topic (UTF-8), then body
type Message []byte

// Kind says what a message's value is.
type Kind uint8

const (
	None Kind = iota
	Boolean
	Int64
	Float64
	Text
	Bytes
)

// Quality is that of OPC UA.
type Quality uint8

const (
	Good Quality = iota
	Uncertain
	Bad
)

const headerBytes = 24

// NewMessage gives a message without a value, of good quality, for the rest of this call.
func NewMessage(topic string, timestampNs uint64) Message {
	return newMessage(topic, timestampNs, 0)
}

// NewText gives a text message, of good quality, for the rest of this call.
func NewText(topic string, timestampNs uint64, text string) Message {
	m := newMessage(topic, timestampNs, len(text))
	m[16] = byte(Text)
	copy(m.Body(), text)
	return m
}

func newMessage(topic string, timestampNs uint64, bodyBytes int) Message {
	m := Message(allocate((headerBytes + len(topic) + bodyBytes + 7) &^ 7))
	binary.LittleEndian.PutUint64(m[len(m)-8:], 0)
	binary.LittleEndian.PutUint64(m, timestampNs)
	binary.LittleEndian.PutUint64(m[8:], 0)
	binary.LittleEndian.PutUint16(m[16:], 0)
	binary.LittleEndian.PutUint16(m[18:], uint16(len(topic)))
	binary.LittleEndian.PutUint32(m[20:], uint32(bodyBytes))
	copy(m[headerBytes:], topic)
	return m
}

// TimestampNs is in nanoseconds since the Unix epoch.
func (m Message) TimestampNs() uint64 { return binary.LittleEndian.Uint64(m) }

// Kind says what the value is.
func (m Message) Kind() Kind { return Kind(m[16]) }

// Quality of the reading.
func (m Message) Quality() Quality { return Quality(m[17]) }

// SetQuality changes the quality in place.
func (m Message) SetQuality(quality Quality) { m[17] = byte(quality) }

// IsNumeric says whether the value is a number or a boolean, so that Number has a meaning.
func (m Message) IsNumeric() bool { return m[16]-byte(Boolean) <= byte(Float64-Boolean) }

// Number is the value as a number; a boolean is 0 or 1, an int64 is rounded to the nearest float64.
func (m Message) Number() float64 {
	bits := binary.LittleEndian.Uint64(m[8:])
	if m.Kind() == Float64 {
		return math.Float64frombits(bits)
	}
	return float64(int64(bits))
}

// SetNumber replaces the scalar of a message without a body. Infinity and NaN make the quality bad: no reading of a plant
// has such a value. Engines differ in the bits of a computed NaN; messages do not.
func (m Message) SetNumber(value float64) {
	m[16] = byte(Float64)
	bits := math.Float64bits(value)
	if math.IsNaN(value) {
		bits = 0x7ff8000000000000
	}
	binary.LittleEndian.PutUint64(m[8:], bits)
	if math.IsInf(value, 0) || math.IsNaN(value) {
		m.SetQuality(Bad)
	}
}

// SetBoolean replaces the scalar of a message without a body.
func (m Message) SetBoolean(value bool) {
	var bits uint64
	if value {
		bits = 1
	}
	m[16] = byte(Boolean)
	binary.LittleEndian.PutUint64(m[8:], bits)
}

func (m Message) topicEnd() int { return headerBytes + int(binary.LittleEndian.Uint16(m[18:])) }

// Topic is the name of the tag. It is a copy, which the garbage collector frees.
func (m Message) Topic() string { return string(m[headerBytes:m.topicEnd()]) }

// Body is what a text or bytes message carries, where it lies.
func (m Message) Body() []byte {
	start := m.topicEnd()
	return m[start : start+int(binary.LittleEndian.Uint32(m[20:]))]
}

// WithTopic gives a message with the same timestamp, value and quality under another topic, for the rest of this call. An
// empty topic leaves the message as it is.
func (m Message) WithTopic(topic string) Message {
	if topic == "" {
		return m
	}
	body := m.Body()
	renamed := newMessage(topic, m.TimestampNs(), len(body))
	copy(renamed[8:18], m[8:18])
	copy(renamed.Body(), body)
	return renamed
}
