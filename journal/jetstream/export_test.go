package jetstream

// What the tests and the benchmarks look at.
var (
	AppendRecord = appendRecord
	DecodeRecord = decodeRecord
)

// DecodeAck reads the answer to a publish.
func DecodeAck(data []byte) (uint64, error) {
	seq, refused := decodeAck(data)
	if refused != nil {
		return 0, refused
	}
	return seq, nil
}
