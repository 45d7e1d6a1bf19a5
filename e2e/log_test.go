package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The log of the whole program, its journal and what it was started with included, has
// no token, no value and no secret in it, though it says all that there is to say.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	const secret, password = "a secret that has more than 32 bytes", "collectors-password"
	data := t.TempDir()
	p := start(t, "--log-level", "debug", "--data", data, "--join-secret", secret, "--admin-addr", "127.0.0.1:0",
		"--otlp-endpoint", "http://user:"+password+"@127.0.0.1:1") // where nobody is
	bearer, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"exp": time.Now().Add(time.Hour).Unix(), "room": "*", "name": "Ann",
	}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	call := func(method, path, token, body string) []byte {
		request, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	var peer struct{ Token string }
	if err := json.Unmarshal(call("POST", "/rooms/standup/join", bearer, ""), &peer); err != nil || peer.Token == "" {
		t.Fatal(err)
	}
	secrets := []string{secret, password, bearer, peer.Token}
	for i := range 100 { // and with a snapshot among them
		value := fmt.Sprintf("v4lue-%d-of-nobody", i)
		secrets = append(secrets, value)
		call("PUT", "/rooms/standup/store/k", peer.Token, `{"value":"`+value+`"}`)
		call("PUT", "/rooms/standup/store/k", peer.Token, `{"value":"`+value)
		call("PUT", "/rooms/standup/store/k", peer.Token+"x", `{"value":"`+value+`"}`)
	}
	call("GET", "/rooms/standup/observe?keys=*&for=0.1&access_token="+peer.Token, "", "")
	call("POST", "/rooms/standup/leave?access_token="+peer.Token, "", "")

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log := <-p.logged
	p.logged <- log
	if lines := strings.Count(log, "msg=request "); lines < 303 {
		t.Errorf("%d lines for 303 requests", lines)
	}
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	// A value is in the journal's own files, and that is its place; a token is not.
	err = filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(peer.Token)) {
			t.Errorf("%s has a token", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
