package routes

import (
	"github.com/gin-gonic/gin"

	"session-store/auth"
	"session-store/model"
)

// asPeer adapts a handler for peers of the room, and for admins, who show their
// token in the header.
func (a *api) asPeer(h handler) gin.HandlerFunc { return a.open(enter(h, false)) }

// asPeerByURL is asPeer where the token may stand in the query too: EventSource
// and sendBeacon cannot set headers.
func (a *api) asPeerByURL(h handler) gin.HandlerFunc { return a.open(enter(h, true)) }

func enter(h handler, byURL bool) handler {
	return func(c *call) (answer, error) {
		text, ok := auth.Bearer(first(c.gin.Request.Header, "Authorization"))
		if !ok && byURL {
			text = c.query.Get("access_token")
		}
		if text == "" {
			return answer{}, model.Errorf(model.Unauthorized, "this wants Authorization: Bearer TOKEN, with the token of a join")
		}
		if err := c.enter(text); err != nil {
			return answer{}, err
		}
		return h(c)
	}
}

// enter finds out who calls.
func (c *call) enter(text string) (err error) {
	ctx := c.gin.Request.Context()
	if c.api.verifier == nil || !auth.LooksLikeJWT(text) {
		token, _ := auth.ParseToken(text) // what is no token is the token of nobody
		c.caller, err = c.api.rooms.Enter(ctx, c.room, token.Peer, token.Hash)
		return err
	}
	claims, err := c.api.verifier.Verify(text, c.room, c.api.now())
	if err != nil {
		return err
	}
	if !claims.Admin {
		return model.Errorf(model.Unauthorized, "this JWT is for a join: every other call takes the token of the join")
	}
	name := claims.Subject
	if name == "" {
		name = "admin"
	}
	c.caller, err = c.api.rooms.Administer(ctx, c.room, name, grantsOf(claims, ""))
	return err
}

// grantsOf is what the claims let the peer do.
func grantsOf(claims auth.Claims, peer string) *model.Grants {
	read, write := claims.Keys(peer)
	return &model.Grants{Subject: claims.Subject, Read: read, Write: write, Admin: claims.Admin, Expires: claims.Expires}
}
