//go:build !race

package sse

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// writeNow writes to a socket that never lets wait. The runtime is not told of the call:
// it would get ready for one that takes long, give the processor to another thread, and
// on one core the two would then take turns of milliseconds.
func writeNow(fd uintptr, data []byte) (int, error) {
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
