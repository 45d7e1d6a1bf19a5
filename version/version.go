// Package version says which program this is.
//
//	-ldflags "-X session-store/version.given=v1.2.3" ─┐
//	what Go has noted of the module and of git ───────┴─▶ Of
package version

import (
	"cmp"
	"runtime/debug"
)

// given is set by whoever builds where there is no git: an image.
var given string

const unknown = "unknown"

// Of is the version and the revision of this program, each "unknown" if it is.
func Of() (version, revision string) {
	version, revision = cmp.Or(given, unknown), unknown
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return version, revision
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			revision = setting.Value
		}
	}
	return cmp.Or(given, build.Main.Version, unknown), revision
}
