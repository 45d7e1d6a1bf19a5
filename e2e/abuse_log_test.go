package e2e_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"session-store/e2e/peer"
)

// logOf stops the program, and gives all that it has logged.
func (p *program) logOf(t *testing.T) string {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log := <-p.logged
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	p.ended = true // there is nothing to stop any more
	return log
}

// logLine is all that a line of the log may be.
var logLine = regexp.MustCompile(`^time=\S+ level=(DEBUG|INFO|WARN|ERROR) msg=("[^"]*"|\S+)( [a-z_]+=("(\\.|[^"\\])*"|[^ "]*))*$`)

// Whoever writes into the log by what he asks for writes no line of his own, nothing
// that a terminal obeys, no novels, and no tokens.
func TestAbuseLog(t *testing.T) {
	program := start(t, "--log-level", "debug")
	p := join(t, program.url, "log")
	host := strings.TrimPrefix(program.url, "http://")
	forged := "time=2026-01-01T00:00:00.000Z level=ERROR msg=forged"
	evil := []string{
		"/%0A" + strings.ReplaceAll(forged, " ", "%20"), "/%0D%0A%0D%0A" + strings.ReplaceAll(forged, " ", "%20"),
		"/%1B%5B2J%1B%5D0;title%07", "/%00%01%02%7F", "/%E2%80%AE%E2%80%A8%C2%85", "/%ff%fe", `/"%20level=ERROR%20msg="forged`,
		"/" + strings.Repeat("x", 50_000), "/rooms/" + strings.Repeat("%0A", 15_000) + "/join",
	}
	for _, path := range evil {
		for _, method := range []string{"GET", "POST", "FORGED-METHOD"} {
			say(t, program.url, method+" "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: "+forged+"\r\nX-Forwarded-For: "+forged+"\r\n\r\n")
		}
	}
	stream, err := p.Observe(t.Context(), "*", "") // with its token in the address
	if err != nil {
		t.Fatal(err)
	}
	stream.Close()
	for _, text := range []string{
		"GET /rooms/log/observe?keys=&access_token=TOKEN HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /rooms/log/observe?keys=%zz&access_token=TOKEN HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /rooms/log/leave?access_token=TOKEN&access_token=TOKEN HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /rooms/log/store HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer TOKEN\r\nAuthorization Bearer TOKEN\r\n\r\n",
		"GET /nowhere?access_token=TOKEN HTTP/1.1\r\nHost: x\r\nReferer: http://x/?access_token=TOKEN\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nTOKEN\r\n\r\n",
		"TOKEN\r\n\r\n",
	} {
		raw := strings.ReplaceAll(text, "TOKEN", p.Token)
		say(t, "http://"+host, strings.Replace(raw, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
	}
	log := program.logOf(t)
	if strings.Contains(log, p.Token) || strings.Contains(log, p.Token[strings.IndexByte(p.Token, '.'):]) {
		t.Error("a token is in the log")
	}
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if !logLine.MatchString(line) || strings.ContainsFunc(line, isControl) {
			t.Errorf("a line of the log is %.300q", line)
		}
		if len(line) > 1500 {
			t.Errorf("a line of the log has %d bytes: %.200q", len(line), line)
		}
	}
	if strings.Count(log, "\n") < len(evil) {
		t.Errorf("there is hardly a line in the log:\n%s", log)
	}
}

func isControl(r rune) bool {
	return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' || r == '\u2028'
}

// A flood of refusals is a few lines, and the names in it make no series: a stranger
// could make as many as there is memory.
func TestAbuseFloodOfRefusals(t *testing.T) {
	program := start(t, "--max-rooms", "1")
	join(t, program.url, "only")
	series := func() int {
		return strings.Count(fetch(t, program.url+"/metrics"), "\n")
	}
	flood := func(from int) {
		for i := range 1000 {
			stranger := &peer.Peer{HTTP: http.DefaultClient, URL: fmt.Sprintf("%s/rooms/flood%d", program.url, from+i)}
			must(t, http.StatusServiceUnavailable)(stranger.Call(t.Context(), "POST", "/join", ""))
			must(t, http.StatusUnauthorized)(stranger.Call(t.Context(), "GET", fmt.Sprint("/store/flood", from+i), ""))
			must(t, http.StatusMethodNotAllowed)(stranger.Call(t.Context(), fmt.Sprint("FLOOD", from+i), "/store", ""))
			must(t, http.StatusNotFound)(stranger.Call(t.Context(), "GET", fmt.Sprint("/flood", from+i), ""))
		}
	}
	flood(0)
	series() // which is a request too
	before := series()
	flood(1000)
	if after := series(); after != before {
		t.Errorf("the metrics had %d lines, now they have %d", before, after)
	}
	if text := fetch(t, program.url+"/metrics"); strings.Contains(strings.ToLower(text), "flood") {
		t.Error("a name that a stranger chose is in the metrics")
	}
	if lines := strings.Count(program.logOf(t), "\n"); lines > 500 {
		t.Errorf("2,000 refused joins wrote %d lines", lines)
	}
}
