package routes_test

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// operator asks as whoever runs the server does.
func (w *watched) operator(path string) (status int, body string) {
	w.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest("GET", path, nil)
	request.Host = "127.0.0.1:6060"
	w.admin.ServeHTTP(recorder, request)
	if got := recorder.Header().Get("Cache-Control"); recorder.Code != 404 && got != "no-store" {
		w.Errorf("%s may be kept: %q", path, got)
	}
	return recorder.Code, recorder.Body.String()
}

func TestAdminShowsRoomsAndPeers(t *testing.T) {
	w := watch(t, nil, nil)
	if status, body := w.operator("/rooms"); status != 200 || body != "{\"rooms\":[]}\n" {
		t.Errorf("without a room: %d %s", status, body)
	}
	peer := w.driveAll("standup", "")
	w.until("the streams are open", func() bool { return w.rooms.Stats().SSE.Streams.Load() == 0 })
	blank := regexp.MustCompile(`"(session|created_at|joined_at|seen_at)":"[^"]+"`)
	const room = `{"room":"standup","session":"…","revision":6,"created_at":"…","peers":1,"keys":1,"bytes":20,` +
		`"streams":0,"behind":0,"waiting":0,"most_behind":0}`
	_, body := w.operator("/rooms")
	if got := blank.ReplaceAllString(body, `"$1":"…"`); got != `{"rooms":[`+room+"]}\n" {
		t.Errorf("the rooms are %s", got)
	}
	_, body = w.operator("/rooms/standup")
	want := `{"room":` + room + `,"peers":[{"id":"` + peer.id + `","name":"Ann","joined_at":"…","seen_at":"…",` +
		`"streams":0,"behind":0,"waiting":0,"most_behind":0}],"guests":{"streams":0,"behind":0,"waiting":0,"most_behind":0}}` + "\n"
	if got := blank.ReplaceAllString(body, `"$1":"…"`); got != want {
		t.Errorf("the room is\n%s, want\n%s", got, want)
	}
}

func TestAdminGoesOnByPage(t *testing.T) {
	w := watch(t, nil, nil)
	for i := range 5 {
		for range 3 {
			w.join(fmt.Sprint("room-", i), "")
		}
	}
	for path, want := range map[string]struct{ names, perPage int }{
		"/rooms":        {5, 2},
		"/rooms/room-3": {3, 2},
	} {
		var names []string
		for after := ""; ; {
			_, body := w.operator(path + "?limit=2&after=" + after)
			var page struct {
				Rooms []struct{ Room string }
				Peers []struct{ ID string }
				Next  string
			}
			unmarshal(t, []byte(body), &page)
			for _, room := range page.Rooms {
				names = append(names, room.Room)
			}
			for _, peer := range page.Peers {
				names = append(names, peer.ID)
			}
			if after = page.Next; after == "" {
				break
			}
			if len(names)%want.perPage != 0 {
				t.Fatalf("%s: a page before the last has not 2: %s", path, body)
			}
		}
		if len(names) != want.names {
			t.Errorf("%s: %v", path, names)
		}
	}
}

func TestAdminRefuses(t *testing.T) {
	w := watch(t, nil, nil)
	w.join("standup", "")
	for path, want := range map[string]string{
		"/rooms/none":              "404 room_not_found",
		"/rooms?limit=0":           "400 invalid_request",
		"/rooms?limit=1001":        "400 invalid_request",
		"/rooms?limit=x":           "400 invalid_request",
		"/rooms/standup?limit=-1":  "400 invalid_request",
		"/rooms?limit=1000":        "200 ",
		"/rooms/standup?after=zzz": "200 ",
	} {
		status, body := w.operator(path)
		var problem struct{ Code string }
		unmarshal(t, []byte(body), &problem)
		if got := fmt.Sprint(status, " ", problem.Code); got != want {
			t.Errorf("%s answers %s, want %s", path, got, want)
		}
	}
}

func TestAdminHasNoTokenAndNoValue(t *testing.T) {
	w := watch(t, nil, nil)
	w.driveAll("standup", "")
	_, rooms := w.operator("/rooms")
	_, room := w.operator("/rooms/standup")
	w.wantSilent("the list of rooms", rooms)
	w.wantSilent("the room", room)
	if strings.Contains(room, "oken") {
		t.Errorf("there is a word of tokens in %s", room)
	}
}
