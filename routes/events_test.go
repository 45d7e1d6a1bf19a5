package routes_test

import (
	"encoding/json"
	"strings"
	"testing"

	"session-store/model"
)

// checkEvents holds each event of a whole stream to its schema.
func (c *contract) checkEvents(t *testing.T, stream string) {
	t.Helper()
	schemas := map[string]string{"snapshot": "SnapshotEvent", "update": "UpdateEvent", "peers": "PeersEvent", "end": "EndEvent"}
	rest, closed := strings.CutSuffix(stream, "\n\n")
	if !closed {
		t.Errorf("the stream breaks off within an event: %q", stream)
	}
	for text := range strings.SplitSeq(rest, "\n\n") {
		if strings.HasPrefix(text, ":") { // a comment
			continue
		}
		fields := make(map[string]string)
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			fields[name] = value
		}
		schema := c.doc.Components.Schemas[schemas[fields["event"]]]
		if schema == nil {
			t.Errorf("no schema is documented for the event %q", text)
			continue
		}
		_, hasID := fields["id"]
		if _, ok := model.ParsePosition(fields["id"]); ok == (fields["event"] == "peers") || hasID != ok {
			t.Errorf("the id is no position, or that of peers: %q", text)
		}
		var data any
		if err := json.Unmarshal([]byte(fields["data"]), &data); err != nil {
			t.Errorf("the data is no JSON: %q: %v", text, err)
		} else if err := schema.Value.VisitJSON(data); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
