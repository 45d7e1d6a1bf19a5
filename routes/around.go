package routes

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	swaggerfiles "github.com/swaggo/files"
	ginswagger "github.com/swaggo/gin-swagger"

	"session-store/demo"
	_ "session-store/docs" // swag finds what it has registered
	"session-store/model"
	"session-store/openapi"
)

// routeProbes routes what balancers and supervisors ask, by any name that they have.
func (a *api) routeProbes(router *gin.Engine) {
	readable(router, "/healthz", healthz)
	readable(router, "/readyz", a.readyz)
}

// routeAround routes what else is not about a room.
func (a *api) routeAround(router *gin.Engine) {
	readable(router, "/metrics", a.scrape(a.metrics.newScrapes()))
	readable(router, "/openapi.json", openAPI)
	page := a.page(demo.New())
	readable(router, "/", page)
	readable(router, "/assets/:file", page)
	swagger := ginswagger.WrapHandler(swaggerfiles.NewHandler(),
		// Swagger UI shows the OpenAPI 3 document: its Authorize takes the bare
		// token, where that of Swagger 2 would want the word Bearer before it.
		ginswagger.URL("/openapi.json"),
		ginswagger.PersistAuthorization(true))
	toSwagger := func(c *gin.Context) { c.Redirect(http.StatusFound, "/swagger/index.html") }
	readable(router, "/swagger", toSwagger)
	readable(router, "/swagger/*any", func(c *gin.Context) {
		file := strings.TrimPrefix(c.Param("any"), "/")
		if file == "" {
			toSwagger(c)
			return
		}
		if !slices.Contains(swaggerFiles, file) {
			a.nothing(c)
			return
		}
		header := c.Writer.Header()
		header.Set("Content-Security-Policy", swaggerPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		// It knows no HEAD. Its request is a copy: of that of the server depends whether a
		// body goes with the answer.
		asked, get := c.Request, *c.Request
		get.Method = http.MethodGet
		// It takes what stands before the file in the first request for where it lives,
		// the query too: one for /swagger/index.html?doc.json would break it for all.
		get.RequestURI = "/swagger/" + file
		c.Request = &get
		swagger(c)
		c.Request = asked
	})
}

// swaggerFiles are what Swagger UI is made of.
var swaggerFiles = []string{
	"index.html", "index.css", "swagger-initializer.js", "doc.json", "favicon-16x16.png", "favicon-32x32.png",
	"swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js",
}

// swaggerPolicy keeps Swagger UI, which has a token, from running and from asking
// anybody but this server. https://www.w3.org/TR/CSP3/ Its pictures are in its styles,
// which it also sets on elements.
const swaggerPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Health is the answer of healthz and readyz.
type Health struct {
	Status string `json:"status" example:"ok"`
} //@name Health

// healthz says that the process answers.
//
//	@Summary	Is the process alive
//	@Tags		server
//	@Produce	json
//	@Success	200	{object}	Health
//	@Router		/healthz [get]
func healthz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "application/json", encode(Health{Status: "ok"}))
}

// readyz says whether requests should be sent here.
//
//	@Summary	Should requests be sent here
//	@Tags		server
//	@Produce	json,application/problem+json
//	@Success	200	{object}	Health
//	@Failure	503	{object}	Problem	"unavailable"
//	@Router		/readyz [get]
func (a *api) readyz(c *gin.Context) {
	if err := a.rooms.Ready(); err != nil {
		a.send(c, problemOf(model.Errorf(model.Unavailable, "not ready: %v", err)))
		return
	}
	healthz(c)
}

func openAPI(c *gin.Context) { c.Data(http.StatusOK, "application/json", openapi.JSON) }

// page serves the demo and its files.
func (a *api) page(page *demo.Page) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !page.Serve(c.Writer, c.Request) {
			a.nothing(c)
		}
	}
}
