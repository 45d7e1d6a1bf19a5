package e2e_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"session-store/e2e/peer"
)

// What compose.yaml says is run as it stands there, by the programs of its images
// that this machine has: each service with its command, its variables and its volumes,
// in a network of its own, with a bridge between them. Then a node and NATS servers are
// killed under a reader.
// There is no Docker in this: what its images, networks and restarts do is not tested.
func TestCompose(t *testing.T) {
	t.Parallel()
	if inside() == "" {
		runInside(t, "compose", insideTimeout)
		return
	}
	c := startComposition(t)
	const public = "http://proxy"
	client := clientOf(t, nil, "", http1)
	eventually(t, time.Minute, func() error { return wantOK(client, public+"/readyz") })
	for _, node := range []string{"node1", "node2"} {
		eventually(t, time.Minute, func() error { return c.healthy(t, node) })
	}

	reader := joinWith(t, client, public, "r")
	resume := &resumer{Peer: reader, cut: make(chan struct{})}
	finish := resume.start(t)
	defer finish()
	home := c.home(t, client)
	other := map[string]string{"node1": "node2", "node2": "node1"}[home]
	// What is written at either node reaches the reader.
	for _, node := range []string{home, other} {
		at := &peer.Peer{HTTP: client, URL: "http://" + node + ":8080/rooms/r", Token: reader.Token}
		must(t, http.StatusCreated)(at.Put(t.Context(), node, "1"))
	}

	c.running[home].kill(t)
	<-resume.cut
	c.puts(t, reader, "after.node", "1")
	c.running["nats1"].kill(t)
	c.puts(t, reader, "n", `"last"`)
	finish()
	if resume.replica.Snapshots != 1 {
		t.Errorf("%d snapshots, want 1", resume.replica.Snapshots)
	}
	store := must(t, http.StatusOK)(reader.Call(t.Context(), "GET", "/store", ""))
	if err := resume.replica.Equal(store); err != nil {
		t.Error(err)
	}
	// Of three NATS servers one is no majority: nothing can be written, and the node
	// says so.
	c.running["nats2"].kill(t)
	eventually(t, time.Minute, func() error {
		if c.healthy(t, other) == nil {
			return errors.New("the node is healthy without NATS")
		}
		return nil
	})
}

// composition is what compose.yaml says, and what runs of it.
type composition struct {
	Services map[string]service
	running  map[string]*daemon
	folders  string // one for each volume
}

type service struct {
	Image, Build, Hostname string
	Command, Volumes       []string
	Environment            map[string]string
}

// defaulted is ${NAME:-default}, with no such variable.
var defaulted = regexp.MustCompile(`\$\{\w+:-([^}]*)\}`)

func startComposition(t *testing.T) *composition {
	t.Helper()
	content, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := &composition{running: make(map[string]*daemon), folders: t.TempDir()}
	if err := yaml.Unmarshal(defaulted.ReplaceAll(content, []byte("$1")), c); err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(c.Services))
	connect(t, names)
	for _, name := range names {
		c.start(t, name)
	}
	return c
}

// connect makes what Docker makes of a network: each name has an address, its own
// interfaces and its own loopback device. Two NATS servers on one machine would each
// take the address of the other for its own.
func connect(t *testing.T, names []string) {
	t.Helper()
	empty(t, "/run")
	ip := func(words string) { t.Helper(); command(t, "ip", strings.Fields(words)...) }
	ip("link add bridge type bridge")
	ip("addr add 172.30.0.1/24 dev bridge")
	ip("link set bridge up")
	hosts := "127.0.0.1 localhost\n"
	for i, name := range names {
		address := fmt.Sprintf("172.30.0.%d", 10+i)
		ip("netns add " + name)
		ip("link add to-" + name + " type veth peer name eth0 netns " + name)
		ip("link set to-" + name + " master bridge up")
		ip("-n " + name + " addr add " + address + "/24 dev eth0")
		ip("-n " + name + " link set eth0 up")
		ip("-n " + name + " link set lo up")
		hosts += address + " " + name + "\n"
	}
	file := filepath.Join(t.TempDir(), "hosts")
	replaceFile(t, file, []byte(hosts))
	command(t, "mount", "--bind", file, "/etc/hosts")
}

// container runs a command in a root of its own that has all of the machine, and
// volumes: each argument up to -- is FROM:TO.
const container = `
root=$1
shift
mount -t tmpfs none "$root"
for path in /*; do
	if [ -d "$path" ]; then mkdir "$root$path" && mount --rbind "$path" "$root$path"; fi
done
while [ "$1" != -- ]; do
	from=${1%%:*}
	to=$root${1#*:}
	if [ -d "$from" ]; then mkdir -p "$to"; fi
	mount --bind "$from" "$to"
	shift
done
shift
exec chroot "$root" "$@"
`

func (c *composition) start(t *testing.T, name string) {
	t.Helper()
	service := c.Services[name]
	if service.Hostname != "" && service.Hostname != name {
		t.Errorf("%s calls itself %s", name, service.Hostname)
	}
	args := []string{"--net=/run/netns/" + name, "unshare", "--mount", "sh", "-euc", container, "sh", t.TempDir()}
	for _, volume := range service.Volumes {
		from, to, _ := strings.Cut(strings.TrimSuffix(volume, ":ro"), ":")
		if strings.HasPrefix(from, ".") {
			from = filepath.Join("..", from)
		} else {
			from = filepath.Join(c.folders, from)
			if err := os.Mkdir(from, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		path, err := filepath.Abs(from)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, path+":"+to)
	}
	cmd := exec.Command("nsenter", append(append(args, "--"), service.program(t)...)...)
	cmd.Env = append(service.environ(), "PATH="+os.Getenv("PATH"))
	c.running[name] = run(t, "util-linux", cmd)
}

// program is what an image runs, with the command of the service.
func (s service) program(t *testing.T) []string {
	t.Helper()
	image, _, _ := strings.Cut(s.Image, ":")
	switch image {
	case "session-store":
		if s.Build != "." || len(s.Command) > 0 {
			t.Errorf("a node is built from %q, with the command %v", s.Build, s.Command)
		}
		return []string{binary}
	case "nats":
		path, err := natsBinary()
		if err != nil {
			t.Fatal(err)
		}
		return append([]string{path}, s.Command...)
	case "caddy":
		if _, err := exec.LookPath("caddy"); err != nil {
			t.Fatalf("%v: run `apt-get install caddy`", err)
		}
		return s.Command
	}
	t.Fatalf("this test does not know what the image %q runs", s.Image)
	return nil
}

func (s service) environ() []string {
	environ := []string{"XDG_DATA_HOME=/data", "XDG_CONFIG_HOME=/tmp"} // of the image of Caddy
	for name, value := range s.Environment {
		environ = append(environ, name+"="+value)
	}
	return environ
}

// puts writes as soon as that is possible: a call on a connection to a node that has
// just died is 502, and one while NATS has no leader 503.
func (c *composition) puts(t *testing.T, p *peer.Peer, key, value string) {
	t.Helper()
	eventually(t, 30*time.Second, func() error {
		answer, err := p.Put(t.Context(), key, value)
		if err == nil && answer.Status >= 300 {
			err = fmt.Errorf("status %d: %s", answer.Status, answer.Body)
		}
		return err
	})
}

// healthy asks a node as the health check of its image does.
func (c *composition) healthy(t *testing.T, node string) error {
	t.Helper()
	line, ready := health(t, c.Services[node].environ())
	if !ready {
		return errors.New(line)
	}
	return nil
}

var openStreams = regexp.MustCompile(`(?m)^session_store_streams (\d+)$`)

// home is the node that has the one stream.
func (c *composition) home(t *testing.T, client *http.Client) (home string) {
	t.Helper()
	eventually(t, startTimeout, func() error {
		for _, node := range []string{"node1", "node2"} {
			p := &peer.Peer{HTTP: client, URL: "http://" + node + ":8080"}
			answer, err := p.Call(t.Context(), "GET", "/metrics", "")
			if err != nil {
				return err
			}
			if match := openStreams.FindSubmatch(answer.Body); match != nil && string(match[1]) == "1" {
				home = node
				return nil
			}
		}
		return errors.New("no node has the stream")
	})
	return home
}
