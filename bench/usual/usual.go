// Package usual is a room store as people write it with Gin in an afternoon: what
// the product is compared with.
//
//	PUT ──▶ map under a mutex ──▶ a buffered channel for each client
//	                                        │ a goroutine for each client
//	client ◀── c.Stream, c.SSEvent ◀────────┘
//
// It checks nothing: no tokens, no limits, no revisions, and a client whose
// channel is full misses the update for good.
package usual

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// channelSlots is what a client may lag behind: a usual choice is between 10 and
// 1,000.
const channelSlots = 64

type entry struct {
	Key       string    `json:"key"`
	Value     any       `json:"value"`
	UpdatedAt time.Time `json:"updated_at"`
}

type room struct {
	mu      sync.Mutex
	entries map[string]entry
	clients map[chan entry]struct{}
}

type server struct {
	mu    sync.Mutex
	rooms map[string]*room
}

// Serve answers until ctx is done.
func Serve(ctx context.Context, listener net.Listener) error {
	gin.SetMode(gin.ReleaseMode)
	s := &server{rooms: map[string]*room{}}
	// Without gin's logger: a line for each request is not what is measured.
	router := gin.New()
	router.Use(gin.Recovery())
	router.PUT("/rooms/:room/store/:key", s.put)
	router.GET("/rooms/:room/observe", s.observe)
	web := &http.Server{Handler: router, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *server) room(name string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rooms[name]
	if !ok {
		r = &room{entries: map[string]entry{}, clients: map[chan entry]struct{}{}}
		s.rooms[name] = r
	}
	return r
}

func (s *server) put(c *gin.Context) {
	var body struct{ Value any }
	if err := c.ShouldBindJSON(&body); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	written := entry{Key: c.Param("key"), Value: body.Value, UpdatedAt: time.Now().UTC()}
	r := s.room(c.Param("room"))
	r.mu.Lock()
	r.entries[written.Key] = written
	for client := range r.clients {
		select {
		case client <- written:
		default: // full: this client misses it
		}
	}
	r.mu.Unlock()
	c.JSON(http.StatusOK, written)
}

func (s *server) observe(c *gin.Context) {
	r := s.room(c.Param("room"))
	client := make(chan entry, channelSlots)
	r.mu.Lock()
	entries := make(map[string]entry, len(r.entries))
	for key, e := range r.entries {
		entries[key] = e
	}
	r.clients[client] = struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.clients, client)
		r.mu.Unlock()
	}()
	c.SSEvent("snapshot", entries)
	c.Writer.Flush()
	c.Stream(func(io.Writer) bool {
		select {
		case e := <-client:
			c.SSEvent("update", e)
			return true
		case <-c.Request.Context().Done():
			return false
		}
	})
}
