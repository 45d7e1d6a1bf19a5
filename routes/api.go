package routes

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"
	"github.com/rs/cors"

	"session-store/auth"
	"session-store/model"
	"session-store/room"
	"session-store/sse"
	"session-store/trace"
)

// Config is what the routes are run with. Rooms must be set; the zero value of
// everything else works.
type Config struct {
	Rooms *room.Registry
	// CORSOrigins may call from a browser; none is every origin. Credentials are
	// never allowed: a token is sent by the page, not by the browser.
	CORSOrigins []string
	// Verifier checks the JWTs that a join wants; nil lets anybody join.
	Verifier *auth.Verifier
	// JoinRate is how many joins a second one address may do; 0 is no bound.
	JoinRate float64
	// Pump takes over the connections of streams; nil lets each have a goroutine.
	Pump *sse.Pump
	// Tracer has a span for each call on a room; nil has none.
	Tracer *trace.Tracer
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []string
	// AllowedHosts are the names that requests may be for, each as [IsHost] wants it;
	// none is every name, but not for operators.
	AllowedHosts []string
	Log          *slog.Logger
	Now          func() time.Time
}

type api struct {
	rooms     *room.Registry
	log       *slog.Logger
	validator *validator.Validate
	verifier  *auth.Verifier // nil: anybody may join
	joins     *joins
	hosts     hosts
	pump      *sse.Pump     // nil: every stream has a goroutine
	tracer    *trace.Tracer // nil: nobody asks
	metrics   *metrics
	// complaints is for errors; log has all other lines.
	complaints *complaints
	now        func() time.Time
	// maxBody bounds bodies, in bytes: the largest store there can be, written
	// with much white space. What a value may be is checked behind it.
	maxBody int
}

// minMaxBody keeps a body with a typo in it from being too large, where the
// limits are small.
const minMaxBody = 64 << 10

//	@title			Session Store
//	@version		1.0
//	@description	A room's shared state: a few keys with JSON values that everybody in the room can set and observe, cleared when the last peer leaves.
//	@description
//	@description	Join a room, put the token of the answer into "Authorize", and every call here can be tried.
//	@license.name	Apache-2.0
//	@license.url	https://www.apache.org/licenses/LICENSE-2.0
//	@BasePath		/
//	@tag.name		room
//	@tag.description	Sessions and peers: join, stay, leave.
//	@tag.name		store
//	@tag.description	Entries: set, read, remove, observe.
//	@tag.name		server
//	@tag.description	The program itself.
//	@securityDefinitions.apikey	Bearer
//	@in				header
//	@name			Authorization
//	@description	Bearer TOKEN, with the token of a join.

// Handler is everything that the program serves to the public; what it serves to those
// who run it is [Handler.Admin].
type Handler struct {
	http.Handler
	api *api
}

// New makes the handler.
func New(config Config) *Handler {
	a := &api{
		rooms: config.Rooms, log: config.Log, validator: newValidator(), verifier: config.Verifier, pump: config.Pump,
		metrics: newMetrics(config.Rooms, config.Pump), now: config.Now,
		maxBody: max(minMaxBody, 2*config.Rooms.Limits().TotalBytes),
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.tracer = config.Tracer
	a.joins, a.complaints = newJoins(config.JoinRate, a.now), newComplaints(a.log, a.now)
	a.hosts = newHosts(config.AllowedHosts, false)
	router := a.router(config.TrustedProxies)
	withCORS := newCORS(config.CORSOrigins).Handler(router)
	anyOrigin := len(config.CORSOrigins) == 0 || slices.Contains(config.CORSOrigins, "*")
	return &Handler{api: a, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Only browsers send it; nothing that depends on it may be cached.
		if _, crossing := r.Header["Origin"]; crossing {
			withCORS.ServeHTTP(w, r)
			return
		}
		if !anyOrigin {
			w.Header().Add("Vary", "Origin")
		}
		router.ServeHTTP(w, r)
	})}
}

func (a *api) router(trustedProxies []string) *gin.Engine {
	gin.SetMode(gin.ReleaseMode) // in debug mode gin prints each route
	router := gin.New()
	// Match the path as it was sent, so that %2F in a key is no separator. Gin's
	// own unescaping would make a space of a plus sign.
	router.UseEscapedPath = true
	router.UnescapePathValues = false
	router.RedirectTrailingSlash = false
	router.HandleMethodNotAllowed = true
	if err := router.SetTrustedProxies(trustedProxies); err != nil {
		panic(err) // the flags were checked
	}
	router.Use(a.watch)
	a.routeProbes(router) // before the check: they tell nobody anything
	if len(a.hosts.names) > 0 {
		router.Use(a.checkHost)
	}
	router.NoRoute(a.nothing)
	router.NoMethod(func(c *gin.Context) {
		a.fail(c, model.Errorf(model.MethodNotAllowed, "%s is not for this address; Allow says what is", clip(c.Request.Method)))
	})

	rooms := router.Group("/rooms/:room")
	rooms.POST("/join", a.open(join))
	rooms.POST("/leave", a.asPeerByURL(leave))
	rooms.POST("/heartbeat", a.asPeer(heartbeat))
	readable(rooms, "", a.asPeer(describe))
	readable(rooms, "/peers", a.asPeer(listPeers))
	rooms.DELETE("/peers/:peer", a.asPeer(putOut))
	readable(rooms, "/store", a.asPeer(listEntries))
	rooms.PATCH("/store", a.asPeer(patchStore))
	readable(rooms, "/store/:key", a.asPeer(getEntry))
	rooms.PUT("/store/:key", a.asPeer(putEntry))
	rooms.DELETE("/store/:key", a.asPeer(deleteEntry))
	rooms.GET("/observe", a.asPeerByURL(observe))

	a.routeAround(router)
	return router
}

// nothing answers where there is none to answer.
func (a *api) nothing(c *gin.Context) {
	hint := "see / for what there is"
	if strings.Contains(c.Request.URL.Path, "/store/") {
		hint = "a slash in a key is written as %2F"
	}
	a.fail(c, model.Errorf(model.NotFound, "there is nothing at %s: %s", clip(c.Request.URL.EscapedPath()), hint))
}

// readable routes GET, and HEAD with it (RFC 9110, 9.1: every server supports
// both); net/http leaves out the body of the answer.
func readable(group gin.IRoutes, path string, handler gin.HandlerFunc) {
	group.GET(path, handler)
	group.HEAD(path, handler)
}

func newCORS(origins []string) *cors.Cors {
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders: []string{
			"Authorization", "Content-Type", "If-Match", "If-None-Match", "Last-Event-ID", "Cache-Control",
			"Traceparent", "Tracestate", "Baggage", // of W3C: a page that is traced sends them with each call
		},
		ExposedHeaders: []string{"ETag", "Retry-After", "WWW-Authenticate"},
		MaxAge:         600, // seconds; browsers keep a preflight no longer than 10 min to 2 h
	})
}
