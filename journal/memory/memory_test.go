package memory_test

import (
	"testing"

	"go.uber.org/goleak"

	"session-store/journal"
	"session-store/journal/journaltest"
	"session-store/journal/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journal.Journal { return memory.New() })
}
