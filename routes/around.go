package routes

import (
	"net/http"

	"github.com/gin-gonic/gin"
	swaggerfiles "github.com/swaggo/files"
	ginswagger "github.com/swaggo/gin-swagger"

	"session-store/demo"
	_ "session-store/docs" // swag finds what it has registered
	"session-store/model"
	"session-store/openapi"
)

// routeAround routes what is not about a room.
func (a *api) routeAround(router *gin.Engine) {
	readable(router, "/healthz", healthz)
	readable(router, "/readyz", a.readyz)
	readable(router, "/metrics", gin.WrapH(a.metrics.handler()))
	readable(router, "/openapi.json", openAPI)
	readable(router, "/", page)
	swagger := ginswagger.WrapHandler(swaggerfiles.NewHandler(),
		// Swagger UI shows the OpenAPI 3 document: its Authorize takes the bare
		// token, where that of Swagger 2 would want the word Bearer before it.
		ginswagger.URL("/openapi.json"),
		ginswagger.PersistAuthorization(true))
	readable(router, "/swagger/*any", func(c *gin.Context) {
		if c.Param("any") == "/" {
			c.Redirect(http.StatusFound, "/swagger/index.html")
			return
		}
		c.Request.Method = http.MethodGet // it knows no HEAD
		swagger(c)
	})
	readable(router, "/swagger", func(c *gin.Context) { c.Redirect(http.StatusFound, "/swagger/index.html") })
}

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

func page(c *gin.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", demo.Page) }
