package sse

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// glance makes the runtime look at the network.
//
// Where there is one processor for everything, a goroutine that is always ready
// keeps the runtime from asking which sockets are: Gosched alone puts it behind
// those that are known to be ready. So the worker waits for an event of its own,
// which the runtime only finds by asking, and everybody whose request has come is
// found with it. It costs a microsecond; a turn takes sixty.
type glance struct {
	file *os.File // an eventfd; nil where another processor does the looking
	raw  syscall.RawConn
}

func (g *glance) open() error {
	if runtime.GOMAXPROCS(0) > 1 {
		return nil
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return os.NewSyscallError("eventfd", err)
	}
	g.file = os.NewFile(uintptr(fd), "eventfd")
	g.raw, err = g.file.SyscallConn()
	return err
}

func (g *glance) close() {
	if g.file != nil {
		_ = g.file.Close() // nothing was written to it that anybody needs
	}
}

// look returns when those who were ready have had their turn.
func (g *glance) look() {
	if g.file == nil {
		runtime.Gosched()
		return
	}
	var event [8]byte
	event[0] = 1
	told := false
	_ = g.raw.Read(func(fd uintptr) bool {
		if told {
			return true // it is never read: each write is an event of its own
		}
		told = true
		_, err := unix.Write(int(fd), event[:])
		return err != nil // or else wait, until the runtime has found it
	})
}
