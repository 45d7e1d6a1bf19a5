//go:build linux

package child

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// Pins says which CPUs the server and the load have. The zero value pins nothing.
type Pins struct {
	Server, Load []int
}

// Apart says whether the load has CPUs that the server has not.
func (p Pins) Apart() bool { return len(p.Server)+len(p.Load) > 0 && !slices.Equal(p.Server, p.Load) }

// Divide gives the first CPU that this process may use to the server, and the
// others to the load: a server with one CPU shows its CPU time without contention,
// and the load never takes of it.
func Divide() (Pins, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return Pins{}, fmt.Errorf("which CPUs are ours: %w", err)
	}
	var cpus []int
	for cpu := 0; len(cpus) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	if len(cpus) < 2 {
		return Pins{Server: cpus, Load: cpus}, nil
	}
	return Pins{Server: cpus[:1], Load: cpus[1:]}, nil
}

// PinSelf moves this process, all its threads, to the load's CPUs.
func (p Pins) PinSelf() error {
	// Twice: a thread that another one makes meanwhile inherits what its maker
	// has, which after the first pass is right.
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if err := pin(id, p.Load); err != nil && err != unix.ESRCH {
				return fmt.Errorf("pin the load to CPUs %v: %w", p.Load, err)
			}
		}
	}
	runtime.GOMAXPROCS(len(p.Load))
	return nil
}

// onServerCPUs calls start on a thread that is pinned like the server. A child
// inherits that, and its GOMAXPROCS follows from it.
func (p Pins) onServerCPUs(start func() error) error { return on(p.Server, start) }

// OnAllCPUs calls start on a thread that has the CPUs of the server and of the load.
func (p Pins) OnAllCPUs(start func() error) error { return on(slices.Concat(p.Server, p.Load), start) }

func on(cpus []int, start func() error) error {
	if len(cpus) == 0 {
		return start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := pin(0, cpus); err != nil {
		return fmt.Errorf("pin a child to CPUs %v: %w", cpus, err)
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }()
	return start()
}

func pin(thread int, cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return unix.SchedSetaffinity(thread, &set)
}

// RaiseFiles lets this process and its children have at least so many open files.
func RaiseFiles(files uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	// Set it even when it is enough: the Go runtime has raised its own soft limit
	// at the start, and children get the old one unless somebody sets it.
	limit.Max = max(limit.Max, files)
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("%d open files are needed (ulimit -n): %w", files, err)
	}
	return nil
}
