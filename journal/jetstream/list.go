package jetstream

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
)

// overlap is how many rooms of a page are asked for again with the next one: those
// that go meanwhile move the others, and none must be passed over.
const overlap = 1000

// Rooms asks page after page for the subjects of the stream, which come sorted.
func (s *stream) Rooms(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		last := ""
		for offset := 0; ; {
			subjects, total, err := s.page(ctx, offset)
			if err != nil {
				yield("", fmt.Errorf("list the rooms: %w", err))
				return
			}
			for _, subject := range subjects {
				if subject <= last {
					continue
				}
				last = subject
				if !yield(roomOf(strings.TrimPrefix(subject, s.names.rooms)), nil) {
					return
				}
			}
			if offset += len(subjects); len(subjects) <= overlap || offset >= total {
				return
			}
			offset -= overlap
		}
	}
}

func (s *stream) page(ctx context.Context, offset int) (subjects []string, total int, err error) {
	var info streamInfo
	request := struct {
		Filter string `json:"subjects_filter"`
		Offset int    `json:"offset"`
	}{s.names.rooms + "*", offset}
	if err := s.call(ctx, "STREAM.INFO", request, &info, &info.Error); err != nil {
		return nil, 0, err
	}
	return slices.Sorted(maps.Keys(info.State.Subjects)), info.Total, nil
}
