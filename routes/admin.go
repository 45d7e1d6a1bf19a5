package routes

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"session-store/model"
	"session-store/room"
)

// How many rooms or peers one answer has.
const (
	defaultPage = 100
	maxPage     = 1000
)

// RoomPage is a part of the rooms that are open on a node.
type RoomPage struct {
	Node  string        `json:"node,omitempty"`
	Rooms []room.Listed `json:"rooms"`
	// Next is what after must be for the part that follows; empty if there is none.
	Next string `json:"next,omitempty"`
}

// PeerPage is a room, and a part of its peers.
type PeerPage struct {
	Node string `json:"node,omitempty"`
	room.Look
	Next string `json:"next,omitempty"`
}

// Admin is the handler of what operators ask for: which rooms are open on this node,
// who is in them, and which streams are behind; the metrics; and profiles, which it is
// given. It asks nobody for a token and must not be served to the public; nor to a page that
// an operator visits, so it answers to no name that a page could have.
//
//	GET /rooms?after=NAME&limit=N
//	GET /rooms/{room}?after=PEER&limit=N
//	GET /metrics
//	/debug/pprof/
func (h *Handler) Admin(profiles http.Handler) http.Handler {
	rooms, mux := h.api.rooms, http.NewServeMux()
	mux.Handle("/debug/pprof/", profiles)
	metrics := h.api.metrics.newScrapes()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		answer, err := metrics.answer(r)
		if err != nil {
			refuse(w, err)
			return
		}
		answer.send(w)
	})
	mux.Handle("GET /rooms", paged(func(_ *http.Request, after string, limit int) (any, error) {
		list, more := rooms.List(after, limit)
		page := RoomPage{Node: rooms.Node(), Rooms: list}
		if more {
			page.Next = list[limit-1].Room
		}
		return page, nil
	}))
	mux.Handle("GET /rooms/{room}", paged(func(r *http.Request, after string, limit int) (any, error) {
		look, more, ok := rooms.Look(r.PathValue("room"), after, limit)
		if !ok {
			return nil, model.Errorf(model.RoomNotFound, "no session of this room is open on this node")
		}
		page := PeerPage{Node: rooms.Node(), Look: look}
		if more {
			page.Next = look.Peers[limit-1].ID
		}
		return page, nil
	}))
	called := hosts{names: h.api.hosts.names, bare: true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !called.allow(r.Host) {
			refuse(w, misdirected(r.Host))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// paged adapts a handler that gives a part of a list, or an error.
func paged(give func(r *http.Request, after string, limit int) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		after, limit, err := page(r.URL.Query())
		var body any
		if err == nil {
			body, err = give(r, after, limit)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		send(w, http.StatusOK, "application/json", body)
	})
}

func page(query url.Values) (after string, limit int, err error) {
	after, limit = query.Get("after"), defaultPage
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxPage {
			return "", 0, model.InvalidFields(model.FieldError{Field: "limit", Detail: fmt.Sprintf("is a number from 1 to %d", maxPage)})
		}
	}
	return after, limit, nil
}

func refuse(w http.ResponseWriter, err error) {
	problem := problemOf(err)
	problem.announce(w.Header())
	send(w, problem.Status, "application/problem+json", problem)
}

func send(w http.ResponseWriter, status int, kind string, body any) {
	header := w.Header()
	header["Cache-Control"], header["X-Content-Type-Options"] = noStore, noSniff
	header.Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(encode(body)) // an error is one of the connection: there is nobody to be told
}
