package routes_test

import (
	"regexp"
	"strings"
	"testing"
)

// Of all calls, those that fail included, the log says no token and no value, even where
// it says the most. Each has one line.
func TestLogHasNoTokenAndNoValue(t *testing.T) {
	for name, guarded := range map[string]bool{"anybody may join": false, "with JWTs": true} {
		t.Run(name, func(t *testing.T) {
			verifier, bearer := newVerifier(t), signedRight(t, claims(nil))
			if !guarded {
				verifier, bearer = nil, ""
			}
			w := watch(t, verifier, nil)
			peer := w.driveAll("standup", bearer)
			w.driveFaults("standup", peer)
			if guarded {
				admin := admin(t)
				w.secrets = append(w.secrets, bearer, admin)
				w.do("PUT", "/rooms/standup/store/k", admin, `{"value":"`+w.value()+`"}`)
				w.do("POST", "/rooms/standup/join", bearer+"x", "")
			}
			w.until("there are fewer lines than calls", func() bool { return strings.Count(w.log.String(), " method=") >= w.calls })
			log := w.log.String()
			w.wantSilent("the log", log)
			if lines := strings.Count(log, " method="); lines != w.calls {
				t.Errorf("%d lines for %d calls:\n%s", lines, w.calls, log)
			}
		})
	}
}

// A line names who it was, where, and what came of it.
func TestLogLinesNameRoomPeerAndCode(t *testing.T) {
	w := watch(t, nil, nil)
	peer := w.driveAll("standup", "")
	w.driveFaults("standup", peer)
	log := w.log.String()
	for _, want := range []string{
		`level=DEBUG msg=request method=POST path=/rooms/standup/join status=201 took=\S+ room=standup peer=PEER\n`,
		`level=DEBUG msg=request method=PUT path=/rooms/standup/store/k status=201 took=\S+ room=standup peer=PEER\n`,
		`level=DEBUG msg=request method=PUT path=/rooms/standup/store/k status=412 took=\S+ room=standup peer=PEER code=precondition_failed\n`,
		`level=DEBUG msg=request method=PUT path=/rooms/standup/store/k status=401 took=\S+ room=standup code=unauthorized\n`,
		`level=DEBUG msg=request method=GET path=/nothing status=404 took=\S+ code=not_found\n`,
		`level=DEBUG msg=request method=GET path=/rooms/standup/observe status=200 took=\S+ room=standup peer=PEER\n`,
		`level=ERROR msg="request failed" method=PUT path=/rooms/standup/store/k status=503 took=\S+ room=standup peer=PEER code=unavailable error=".*the disk is full"\n`,
		`level=ERROR msg=panic method=PUT path=/rooms/standup/store/k status=500 took=\S+ room=standup code=internal stack=".*" error="the disk is on fire"\n`,
	} {
		want = strings.ReplaceAll(want, "PEER", peer.id)
		if !regexp.MustCompile(want).MatchString(log) {
			t.Errorf("no line is like\n%s\nin\n%s", want, log)
		}
	}
}

// A stream that cannot be opened at the moment is answered with 200, which is no success.
func TestLogOfAStreamThatIsRefused(t *testing.T) {
	w := watch(t, nil, nil)
	peer := w.join("standup", "")
	w.rooms.Close()
	if status, body := w.do("GET", "/rooms/standup/observe?keys=*", peer.token, ""); status != 200 || !strings.HasPrefix(string(body), "retry: ") {
		t.Fatalf("%d %s", status, body)
	}
	want := `level=ERROR msg="stream refused" method=GET path=/rooms/standup/observe status=200 took=\S+ room=standup code=unavailable error=`
	if log := w.log.String(); !regexp.MustCompile(want).MatchString(log) {
		t.Errorf("no line is like\n%s\nin\n%s", want, log[max(0, len(log)-1000):])
	}
}
