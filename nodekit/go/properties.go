package nodekit

// Properties of a node: a run of messages, one for each leaf of the properties object, with its path as the topic (`op`,
// `cases[1].value`). The flow has checked them against the manifest's schema.
type Properties []byte

// Find gives the property at a path.
func (p Properties) Find(path string) (Message, bool) {
	for left := p; len(left) >= headerBytes; {
		m := Message(left)
		length := (m.topicEnd() + len(m.Body()) + 7) &^ 7
		if string(left[headerBytes:m.topicEnd()]) == path {
			return m[:length], true
		}
		left = left[length:]
	}
	return nil, false
}

// Number gives the number, or the boolean as 0 or 1, at a path; otherwise where there is none.
func (p Properties) Number(path string, otherwise float64) float64 {
	if m, found := p.Find(path); found && m.IsNumeric() {
		return m.Number()
	}
	return otherwise
}

// Text gives the text at a path; otherwise where there is none.
func (p Properties) Text(path, otherwise string) string {
	if m, found := p.Find(path); found && m.Kind() == Text {
		return string(m.Body())
	}
	return otherwise
}
