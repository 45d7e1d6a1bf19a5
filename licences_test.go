package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

// allowed are the licences that somebody who passes the program on, under Apache-2.0,
// can keep by passing on their texts. None asks for the source of what is around it.
var allowed = []string{
	"Apache-2.0", "MIT", "MIT-0", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Zlib", "Unicode-3.0", "CC0-1.0", "Unlicense", "MPL-2.0",
	"GooglePatentsFile", // a grant beside the BSD licence of Go's own modules
}

// wholeText is how much of a file the classifier must know: names and years are the rest.
const wholeText = 75

var licenceFile = regexp.MustCompile(`(?i)^(un)?licen[cs]e|^copying|^patents`)

// systems are those that the program is built for; each links something else.
var systems = []string{"linux", "darwin", "windows"}

// linked is a package with the module that it is from.
type linked struct {
	Dir    string
	Module *struct {
		Path, Dir string
		Main      bool
	}
}

// Everything that is linked into the program has a licence that lets others pass it on.
func TestLicencesOfWhatIsLinked(t *testing.T) {
	looked := map[string]bool{}
	modules := map[string]int{} // files of licences
	for _, system := range systems {
		for _, p := range linkedOn(t, system) {
			if p.Module == nil || p.Module.Main {
				continue // the standard library, and our own
			}
			modules[p.Module.Path] += 0
			// A folder within a module can have been copied from elsewhere.
			for dir := p.Dir; ; dir = filepath.Dir(dir) {
				if !looked[dir] {
					looked[dir] = true
					modules[p.Module.Path] += checkFolder(t, p.Module.Path, dir)
				}
				if dir == p.Module.Dir {
					break
				}
			}
		}
	}
	for module, files := range modules {
		if files == 0 {
			t.Errorf("%s has no licence", module)
		}
	}
	if len(modules) < 10 {
		t.Errorf("only %d modules are linked: something else was listed", len(modules))
	}
	t.Logf("%d modules", len(modules))
}

func linkedOn(t *testing.T, system string) (packages []linked) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=Dir,Module", ".")
	list.Env = append(list.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
	var fault strings.Builder
	list.Stderr = &fault
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list on %s: %v\n%s", system, err, fault.String())
	}
	for d := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p linked
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// checkFolder looks at the licences that lie in the folder, and says how many there are.
func checkFolder(t *testing.T, module, dir string) (files int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() || !licenceFile.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if fault := checkLicence(text); fault != nil {
			t.Errorf("%s, %s: %v", module, entry.Name(), fault)
		}
		files++
	}
	return files
}

func checkLicence(text []byte) error {
	coverage := licensecheck.Scan(text)
	var found []string
	for _, match := range coverage.Match {
		if !match.IsURL {
			found = append(found, match.ID)
		}
	}
	for _, id := range found {
		if !slices.Contains(allowed, id) {
			return fmt.Errorf("the licence %s is not one of %v", id, allowed)
		}
	}
	if len(found) == 0 || coverage.Percent < wholeText {
		return fmt.Errorf("%.0f%% of it is known (%v): let a person look at it", coverage.Percent, found)
	}
	return nil
}

// The classifier is what the test above stands on: it knows what we do not want.
func TestLicencesThatAreNotAllowed(t *testing.T) {
	gpl := "This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License " +
		"as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
	for name, text := range map[string]string{"GPL": gpl, "a sentence": "All rights reserved.", "nothing": ""} {
		if checkLicence([]byte(text)) == nil {
			t.Errorf("%s is allowed", name)
		}
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if err := checkLicence(own); err != nil {
		t.Errorf("our own: %v", err)
	}
}

// What the page is built of, and what comes with the client, has such a licence too.
// What only builds or tests them is not passed on.
func TestLicencesOfNodePackages(t *testing.T) {
	for _, folder := range []string{"client", "demo"} {
		text, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
		if err != nil {
			t.Fatal(err)
		}
		var lock struct {
			Packages map[string]struct {
				License   string
				Dev, Link bool
			}
		}
		if err := json.Unmarshal(text, &lock); err != nil || lock.Packages == nil {
			t.Fatalf("%s: %v, %d packages", folder, err, len(lock.Packages))
		}
		for name, p := range lock.Packages {
			// The empty name is the package itself; a link is one of this repository.
			if name == "" || p.Dev || p.Link {
				continue
			}
			if !slices.Contains(allowed, p.License) {
				t.Errorf("%s: %s has the licence %q, which is not one of %v", folder, name, p.License, allowed)
			}
		}
	}
}
