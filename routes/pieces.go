package routes

import (
	"bytes"
	"encoding/json"
	"io"

	"session-store/model"
)

// pieceBytes is how much of a long list is encoded at a time.
const pieceBytes = 16 << 10

// writeBody writes JSON as encode makes it. A list of peers is made as it is taken:
// 20,000 of them are 9 MB, which each of those who ask for it and do not read would
// have the server keep.
func writeBody(w io.Writer, body any) {
	list, ok := body.(model.PeerList)
	if !ok {
		_, _ = w.Write(encode(body)) // an error is one of the connection: nobody is there to be told
		return
	}
	var piece bytes.Buffer
	encoder := json.NewEncoder(&piece)
	encoder.SetEscapeHTML(false)
	piece.WriteString(`{"peers":[`)
	for i, peer := range list.Peers {
		if i > 0 {
			piece.WriteByte(',')
		}
		if err := encoder.Encode(peer); err != nil {
			panic(err) // no type of ours can fail
		}
		piece.Truncate(piece.Len() - 1) // the line end
		if piece.Len() < pieceBytes {
			continue
		}
		if _, err := w.Write(piece.Bytes()); err != nil {
			return
		}
		piece.Reset()
	}
	piece.WriteString("]}\n")
	_, _ = w.Write(piece.Bytes())
}
