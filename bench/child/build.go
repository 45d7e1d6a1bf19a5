//go:build linux

package child

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Build builds the product into the folder, from the module that the command runs in.
func Build(ctx context.Context, dir string) (program string, err error) {
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	program = filepath.Join(dir, "session-store")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = filepath.Dir(strings.TrimSpace(string(module)))
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build in %s: %w\n%s", build.Dir, err, output)
	}
	return program, nil
}
