package jetstream

import "sync/atomic"

// health is what stands in the way of appends though there is a connection: told
// by those that look at it now and then, asked often.
type health struct {
	// disk refuses appends before the disk is full, stream only says that they
	// would fail.
	disk, stream atomic.Pointer[error]
}

func (h *health) err() error {
	if err := load(&h.disk); err != nil {
		return err
	}
	return load(&h.stream)
}

func load(p *atomic.Pointer[error]) error {
	if err := p.Load(); err != nil {
		return *err
	}
	return nil
}

func store(p *atomic.Pointer[error], err error) {
	if err == nil {
		p.Store(nil)
		return
	}
	p.Store(&err)
}
