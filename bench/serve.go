//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"

	"session-store/bench/floor"
	"session-store/bench/usual"
)

// serveCommand makes this program one of its own children.
const serveCommand = "serve"

// serve is a child: "floor FRAMEBYTES" or "usual", which say where they listen as
// the product does; or "journals SIZE", which says what it has measured itself.
func serve(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == theJournals {
		return measureJournals(ctx, args[1])
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "url=http://%s\n", listener.Addr())
	switch {
	case len(args) == 1 && args[0] == theUsual:
		return usual.Serve(ctx, listener)
	case len(args) == 2 && args[0] == theFloor:
		frameBytes, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return floor.Serve(ctx, listener, frameBytes)
	}
	return fmt.Errorf("serve: no such server: %q", args)
}
