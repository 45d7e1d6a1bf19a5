package jetstream

import "syscall"

// usage asks the kernel about the disk that has the folder.
func usage(dir string) (free, total uint64, readOnly bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, false, err
	}
	size := uint64(s.Bsize)
	return s.Bavail * size, s.Blocks * size, s.Flags&syscall.MS_RDONLY != 0, nil
}
