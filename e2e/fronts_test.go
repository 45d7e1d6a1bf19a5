package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// front is a proxy that runs with its file of deploy, in front of 127.0.0.1:8080, or of
// several nodes.
type front struct {
	daemon *daemon
	cert   []byte // that clients have to trust
	reload func(t *testing.T)
	logs   func(t *testing.T) string
}

// fronts are the proxies that there is an example for, each with both ways to the
// server if it has two.
var fronts = map[string]func(t *testing.T) *front{
	"nginx":       func(t *testing.T) *front { return startNginx(t) },
	"Caddy":       func(t *testing.T) *front { return startCaddy(t) },
	"Caddy h2c":   func(t *testing.T) *front { return startCaddy(t, "NODES=h2c://127.0.0.1:8080") },
	"HAProxy":     func(t *testing.T) *front { return startHAProxy(t, "") },
	"HAProxy h2c": func(t *testing.T) *front { return startHAProxy(t, " proto h2") },
}

// withNodes puts more lines like the one of the node into a file of deploy.
func withNodes(t *testing.T, file, line string, more ...string) (path string) {
	t.Helper()
	example, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(example), line) != 1 {
		t.Fatalf("there is not one %q in %s", line, file)
	}
	path = filepath.Join(t.TempDir(), filepath.Base(file))
	replaceFile(t, path, []byte(strings.Replace(string(example), line, line+strings.Join(more, ""), 1)))
	return path
}

// writeCertificate puts a certificate where the examples say that it is.
func writeCertificate(t *testing.T) certificate {
	t.Helper()
	const dir = "/etc/ssl/session-store"
	empty(t, "/etc/ssl")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	made := newCertificate(t)
	made.write(t, dir)
	replaceFile(t, dir+"/haproxy.pem", append(made.cert, made.key...))
	return made
}

func startNginx(t *testing.T, more ...string) *front {
	made := writeCertificate(t)
	config := withNodes(t, "../deploy/nginx.conf", "\t\tserver 127.0.0.1:8080 max_fails=0;\n", more...)
	// There is nobody else in this namespace whom the workers could run as.
	cmd := exec.Command("nginx", "-c", config, "-g", "user root; daemon off;")
	if cmd.Err == nil {
		empty(t, "/run", "/var/log/nginx", "/var/lib/nginx") // which the package has made
	}
	return &front{
		daemon: run(t, "nginx", cmd), cert: made.cert,
		reload: func(t *testing.T) { command(t, "nginx", "-c", config, "-s", "reload") },
		logs: func(t *testing.T) string {
			return command(t, "cat", "/var/log/nginx/access.log", "/var/log/nginx/error.log")
		},
	}
}

func startCaddy(t *testing.T, env ...string) *front {
	home := t.TempDir()
	cmd := exec.Command("caddy", "run", "--adapter", "caddyfile", "--config", "../deploy/Caddyfile")
	cmd.Env = append(os.Environ(), append(env, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)...)
	f := &front{daemon: run(t, "caddy", cmd)}
	f.reload = func(t *testing.T) {
		reload := exec.CommandContext(t.Context(), "caddy", "reload", "--force", "--adapter", "caddyfile", "--config", "../deploy/Caddyfile")
		reload.Env = cmd.Env
		if output, err := reload.CombinedOutput(); err != nil {
			t.Fatalf("caddy reload: %v\n%s", err, output)
		}
	}
	f.logs = func(*testing.T) string { text, _ := f.daemon.said(); return text }
	f.daemon.await(t, "(certificate obtained successfully)")
	cert, err := os.ReadFile(home + "/caddy/pki/authorities/local/root.crt")
	if err != nil {
		t.Fatal(err)
	}
	f.cert = cert
	return f
}

func startHAProxy(t *testing.T, protocol string, more ...string) *front {
	made := writeCertificate(t)
	example, err := os.ReadFile(withNodes(t, "../deploy/haproxy.cfg", "\tserver node1 127.0.0.1:8080\n", more...))
	if err != nil {
		t.Fatal(err)
	}
	text := string(example)
	for line, instead := range map[string]string{
		"\tuser haproxy\n": "", "\tgroup haproxy\n": "", // whom there is not in this namespace
		"maxconn 20000\n":        "maxconn 100\n", // not every machine lets a test have 40,000 descriptors
		"node1 127.0.0.1:8080\n": "node1 127.0.0.1:8080" + protocol + "\n",
	} {
		if strings.Count(text, line) != 1 {
			t.Fatalf("there is not one line with %q in haproxy.cfg", line)
		}
		text = strings.Replace(text, line, instead, 1)
	}
	config := filepath.Join(t.TempDir(), "haproxy.cfg")
	replaceFile(t, config, []byte(text))
	f := &front{daemon: run(t, "haproxy", exec.Command("haproxy", "-W", "-f", config)), cert: made.cert}
	f.reload = func(t *testing.T) { f.daemon.signal(t, syscall.SIGUSR2) } // as Debian's unit does
	f.logs = func(*testing.T) string { text, _ := f.daemon.said(); return text }
	return f
}
