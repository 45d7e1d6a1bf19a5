package routes

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"session-store/model"
)

// maxScrapes is how many answers with the metrics are made at once. One takes 0.4 ms and
// 260 KB, a hundred times as much as a write; two Prometheus that ask at the same moment,
// and somebody with curl, are not too many.
const maxScrapes = 4

// scrapes makes the answers to those who ask for the metrics. Each address that they are
// served at has its own, so that strangers do not hide them from whoever runs the server.
//
// A place is for the making alone. Whoever asks again and again and reads nothing would else
// keep one until the deadline of the connection, 30 s, and four such would be enough. So it
// is with the bound of promhttp, which also refuses in plain text. Its Timeout would not help:
// what it gives up goes on behind it, and nothing here waits for anything.
type scrapes struct {
	handler http.Handler
	places  chan struct{}
}

func (m *metrics) newScrapes() *scrapes {
	return &scrapes{
		handler: promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}),
		places:  make(chan struct{}, maxScrapes),
	}
}

// answer makes one, or refuses to make one more.
func (s *scrapes) answer(r *http.Request) (*kept, error) {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	default:
		return nil, model.Errorf(model.Unavailable, "%d others ask for the metrics at this moment: try again", maxScrapes)
	}
	made := &kept{header: http.Header{}, status: http.StatusOK}
	s.handler.ServeHTTP(made, r)
	return made, nil
}

// kept is an answer that waits to be sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header, WriteHeader and Write are those of a http.ResponseWriter.
func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

// send sends it all.
func (k *kept) send(w http.ResponseWriter) {
	header := w.Header()
	maps.Copy(header, k.header)
	header["Cache-Control"], header["X-Content-Type-Options"] = noStore, noSniff
	header.Set("Content-Length", strconv.Itoa(k.body.Len()))
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()) // an error is one of the connection: there is nobody to be told
}

// scrape answers the public.
func (a *api) scrape(s *scrapes) gin.HandlerFunc {
	return func(c *gin.Context) {
		answer, err := s.answer(c.Request)
		if err != nil {
			a.send(c, problemOf(err)) // and no line in the log for each
			return
		}
		answer.send(c.Writer)
	}
}
