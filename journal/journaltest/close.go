package journaltest

import (
	"context"
	"errors"

	"session-store/journal"
	"session-store/model"
)

func (s *suite) reopen() {
	log := s.open("a", nil)
	last := s.append(log, 0, begin("s"))
	last = s.append(log, last, write("s", 1))
	log.Close()
	log = s.openOther("a", nil)
	s.wantRevisions(log, 0, 0, 1)
	s.append(log, last, write("s", 2))
}

func (s *suite) closed() {
	log := s.open("a", nil)
	s.append(log, 0, begin("s"))
	if err := s.journal.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	ctx := context.Background()
	_, openErr := s.journal.Open(ctx, "b", func() {})
	_, appendErr := log.Append(ctx, 0, []*model.Change{begin("s")})
	_, readErr := log.Read(ctx, 0)
	_, compactErr := log.Compact(ctx, 0, begin("s"))
	for name, err := range map[string]error{
		"open": openErr, "append": appendErr, "read": readErr, "compact": compactErr, "ready": s.journal.Ready(),
	} {
		if !errors.Is(err, journal.ErrClosed) {
			s.Errorf("%s after close: %v, want ErrClosed", name, err)
		}
	}
}
