package routes

import (
	"github.com/gin-gonic/gin"

	"session-store/model"
)

// Statuses is the table from codes to statuses.
func Statuses() map[model.Code]int { return statuses }

// Routes lists what [New] routes; the handler itself hides its router behind
// CORS.
func Routes(config Config) gin.RoutesInfo {
	a := &api{rooms: config.Rooms, metrics: newMetrics(config.Rooms, config.Pump)}
	return a.router(nil).Routes()
}
