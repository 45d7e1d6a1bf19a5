package jetstream

import (
	"fmt"
	"log/slog"
	"sync"
)

// logger brings the lines of the server into the log of the program. What it says
// of its own going up and down is of no interest there.
type logger struct {
	log *slog.Logger

	mu      sync.Mutex
	first   string       // the first error
	trouble func(string) // is told of the others
}

func (l *logger) Noticef(format string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(format, v...)) }
func (l *logger) Warnf(format string, v ...any)   { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l *logger) Debugf(string, ...any)           {}
func (l *logger) Tracef(string, ...any)           {}

// Errorf hears of what is serious: a server that nobody else talks to has no
// errors but those of its disk.
func (l *logger) Errorf(format string, v ...any) {
	line := fmt.Sprintf(format, v...)
	l.log.Error("nats: " + line)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == "" {
		l.first = line
	}
	if l.trouble != nil {
		l.trouble(line)
	}
}

// Fatalf is where the server would end the process.
func (l *logger) Fatalf(format string, v ...any) { l.Errorf(format, v...) }

// listen lets errors be told from now on: those of a start are its own.
func (l *logger) listen(trouble func(string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = trouble
}

func (l *logger) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}
