//go:build !linux

package sse

import (
	"errors"
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// connections are none: here every stream has a goroutine, as Serve gives it.
type connections struct{}

type rawWrite struct{}

func (connections) open() error         { return nil }
func (connections) run(*sync.WaitGroup) {}
func (connections) close()              {}
func (connections) closeAll()           {}

// Serve cannot write without waiting here.
func (p *Pump) Serve(net.Conn, []byte, *Stream, time.Duration) error { return errors.ErrUnsupported }

// isSilent does not know: the kernel finds out in its own time.
func isSilent(syscall.RawConn) bool { return false }

// glance is a turn for whoever else wants to run.
type glance struct{}

func (glance) open() error { return nil }
func (glance) close()      {}
func (glance) look()       { runtime.Gosched() }
