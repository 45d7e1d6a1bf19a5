package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is a file of the project that somebody has written.
type source struct {
	path string
	set  *token.FileSet
	file *ast.File
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" || path == "docs"): // swag writes docs
			return filepath.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		all = append(all, source{path, set, file})
		return err
	})
	if err != nil || len(all) < 100 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

// functions calls see for each function of the file.
func (s source) functions(see func(name string, function *ast.FuncDecl)) {
	for _, declared := range s.file.Decls {
		if function, ok := declared.(*ast.FuncDecl); ok {
			see(function.Name.Name, function)
		}
	}
}

func (s source) lines(node ast.Node) int {
	return s.set.Position(node.End()).Line - s.set.Position(node.Pos()).Line + 1
}

// A file of more than 300 lines has two concepts in it, and a function of more than 50 two
// thoughts. The tables of tests may be longer.
func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if lines := s.set.File(s.file.FileStart).LineCount() - 1; lines > 300 {
			t.Errorf("%s has %d lines", s.path, lines)
		}
		s.functions(func(name string, function *ast.FuncDecl) {
			if lines := s.lines(function); lines > 50 && !strings.HasSuffix(s.path, "_test.go") {
				t.Errorf("%s in %s has %d lines", name, s.path, lines)
			}
		})
	}
}

// One path: only Room.applyLocked changes a session and tells streams of it; what decides
// on several wishes at once goes on with a copy.
func TestOnePath(t *testing.T) {
	callers := map[string][]string{
		"session.Apply":     {"applyLocked"},
		"on.Apply":          {"decideLocked"},
		"applyLocked":       {"commitSomeLocked", "applyAllLocked"},
		"publishLocked":     {"applyLocked"},
		"hub.Publish":       {"publishLocked"},
		"frameOf":           {"applyLocked"},
		"peersFrameOf":      {"publishLocked"},
		"sse.NewFrame":      {"frameOf"},
		"sse.NewPeersFrame": {"peersFrameOf"},
	}
	met := make(map[string]bool)
	for _, s := range sources(t) {
		if folder := filepath.Dir(s.path); strings.HasSuffix(s.path, "_test.go") || folder != "." && folder != "room" && folder != "routes" {
			continue
		}
		s.functions(func(name string, function *ast.FuncDecl) {
			ast.Inspect(function, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				for called, by := range callers {
					if !isCall(call, called) {
						continue
					}
					if met[called] = true; !slices.Contains(by, name) {
						t.Errorf("%s: %s calls %s; only %v may", s.path, name, called, by)
					}
				}
				return true
			})
		})
	}
	for called := range callers {
		if !met[called] {
			t.Errorf("nobody calls %s", called)
		}
	}
}

// isCall reports whether what is called ends as the name says: r.session.Apply with
// session.Apply.
func isCall(call *ast.CallExpr, name string) bool {
	var words []string
	for function := call.Fun; ; {
		switch at := function.(type) {
		case *ast.SelectorExpr:
			words = append([]string{at.Sel.Name}, words...)
			function = at.X
			continue
		case *ast.Ident:
			words = append([]string{at.Name}, words...)
		}
		text := "." + strings.Join(words, ".")
		return strings.HasSuffix(text, "."+name)
	}
}
