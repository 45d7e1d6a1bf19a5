//go:build race

package sse

import "golang.org/x/sys/unix"

// writeNow lets the race detector see that the bytes are read.
func writeNow(fd uintptr, data []byte) (int, error) { return unix.Write(int(fd), data) }
