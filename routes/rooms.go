package routes

import (
	"cmp"
	"net/http"

	"session-store/auth"
	"session-store/model"
)

// join puts a peer into a room.
//
//	@Summary		Join a room
//	@Description	The first join of a room begins its session. The answer has the token for all other calls.
//	@Description	With the token of a peer of this session the answer is that peer again: 200.
//	@Description	Where the server has --join-secret or --join-jwks, the bearer token is a JWT that the application has signed. Its claims are exp, room, and optionally sub, name, role and grants. With the peer's own token in the body beside a fresh JWT, the peer stays who it is, under the new grants.
//	@Tags			room
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			room	path		string			true	"1 to 64 of A-Z a-z 0-9 _ . : -"	example(standup)
//	@Param			body	body		model.JoinBody	false	"who joins"
//	@Success		201		{object}	model.Joined	"a new peer"
//	@Success		200		{object}	model.Joined	"the peer that the bearer token stands for"
//	@Failure		400		{object}	Problem			"invalid_json, invalid_request"
//	@Failure		401		{object}	Problem			"unauthorized"
//	@Failure		403		{object}	Problem			"forbidden"
//	@Failure		413		{object}	Problem			"body_too_large"
//	@Failure		415		{object}	Problem			"unsupported_media_type"
//	@Failure		429		{object}	Problem			"rate_limited"
//	@Failure		503		{object}	Problem			"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/join [post]
func join(c *call) (answer, error) {
	if err := c.api.joins.allow(c.gin.ClientIP()); err != nil {
		c.api.metrics.limited.Add(1)
		return answer{}, err
	}
	var body model.JoinBody
	if err := c.body(&body, minMaxBody); err != nil {
		return answer{}, err
	}
	bearer, _ := auth.Bearer(first(c.gin.Request.Header, "Authorization"))
	if back, err := c.comeBackAs(bearer); back || err != nil {
		return c.joined(http.StatusOK, bearer, err)
	}
	claims, err := c.vouched(bearer)
	if err != nil {
		return answer{}, err
	}
	if back, err := c.comeBackAs(body.Token); err != nil {
		return answer{}, err
	} else if back {
		err := c.renew(body.Name, claims)
		return c.joined(http.StatusOK, body.Token, err)
	}
	peer := model.Peer{ID: auth.NewID(), Name: body.Name}
	if claims != nil {
		peer.Name, peer.Role = cmp.Or(claims.Name, body.Name), claims.Role
		peer.Grants = grantsOf(*claims, peer.ID)
	}
	text, hash := auth.NewToken(peer.ID)
	peer.Token = hash
	c.caller, err = c.api.rooms.Join(c.gin.Request.Context(), c.room, peer)
	return c.joined(http.StatusCreated, text, err)
}

// comeBackAs enters as the peer whose token this is. A token of a session that is
// over is what a page has that was away too long: it is no error, and comes in as
// a new peer.
func (c *call) comeBackAs(text string) (back bool, err error) {
	token, ok := peerToken(text)
	if !ok {
		return false, nil
	}
	caller, err := c.api.rooms.Enter(c.gin.Request.Context(), c.room, token.Peer, token.Hash)
	if isCode(err, model.Unauthorized) {
		return false, nil
	}
	c.caller = caller
	return err == nil, err
}

// vouched is what the application has signed for whoever joins; nil where anybody
// may join.
func (c *call) vouched(bearer string) (*auth.Claims, error) {
	if c.api.verifier == nil {
		return nil, nil
	}
	if bearer == "" {
		return nil, model.Errorf(model.Unauthorized, "a join wants Authorization: Bearer JWT here, signed by your application")
	}
	if _, ok := peerToken(bearer); ok {
		return nil, model.Errorf(model.Unauthorized, "the peer of this token has gone: join with a JWT, signed by your application")
	}
	claims, err := c.api.verifier.Verify(bearer, c.room, c.api.now())
	if err != nil {
		return nil, err
	}
	return &claims, nil
}

// peerToken reads the token of a peer, which a JWT is not.
func peerToken(text string) (auth.Token, bool) {
	token, ok := auth.ParseToken(text)
	return token, ok && !auth.LooksLikeJWT(text)
}

// renew puts the own peer under the new claims, if there are any.
func (c *call) renew(name string, claims *auth.Claims) (err error) {
	if claims == nil {
		return nil
	}
	peer := c.caller.Peer()
	name = cmp.Or(claims.Name, name, peer.Name)
	c.caller, err = c.caller.Renew(c.gin.Request.Context(), name, claims.Role, grantsOf(*claims, peer.ID))
	return err
}

func (c *call) joined(status int, token string, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	at, err := c.caller.Position()
	if err != nil {
		return answer{}, err
	}
	peer := c.caller.Peer()
	return answer{status: status, body: model.Joined{
		Session: at.Session, Revision: at.Revision, Token: token, Limits: c.api.rooms.Limits(),
		Peer: model.JoinedPeer{ID: peer.ID, Name: peer.Name, Role: peer.Role, JoinedAt: peer.JoinedAt},
	}}, nil
}

// leave takes the own peer out of the room.
//
//	@Summary		Leave a room
//	@Description	The peer's streams get an end event. With the last peer the session ends and everything in it is cleared.
//	@Tags			room
//	@Produce		application/problem+json
//	@Param			room			path	string	true	"the room"	example(standup)
//	@Param			access_token	query	string	false	"the token, for sendBeacon, which cannot set headers"
//	@Success		204
//	@Failure		400	{object}	Problem	"invalid_request"
//	@Failure		401	{object}	Problem	"unauthorized"
//	@Failure		403	{object}	Problem	"forbidden"
//	@Failure		404	{object}	Problem	"room_not_found"
//	@Failure		503	{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/leave [post]
func leave(c *call) (answer, error) {
	return answer{}, c.caller.Leave(c.gin.Request.Context())
}

// heartbeat keeps a peer alive that has no stream.
//
//	@Summary		Say that the peer is still there
//	@Description	For peers without an open stream. Every other call does the same.
//	@Tags			room
//	@Produce		application/problem+json
//	@Param			room	path	string	true	"the room"	example(standup)
//	@Success		204
//	@Failure		400	{object}	Problem	"invalid_request"
//	@Failure		401	{object}	Problem	"unauthorized"
//	@Failure		403	{object}	Problem	"forbidden"
//	@Failure		404	{object}	Problem	"room_not_found"
//	@Failure		503	{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/heartbeat [post]
func heartbeat(*call) (answer, error) { return answer{}, nil }

// describe shows the room as a whole.
//
//	@Summary	Describe the room and its session
//	@Tags		room
//	@Produce	json,application/problem+json
//	@Param		room	path		string	true	"the room"	example(standup)
//	@Success	200		{object}	model.RoomState
//	@Failure	400		{object}	Problem	"invalid_request"
//	@Failure	401		{object}	Problem	"unauthorized"
//	@Failure	403		{object}	Problem	"forbidden"
//	@Failure	404		{object}	Problem	"room_not_found"
//	@Failure	503		{object}	Problem	"unavailable"
//	@Security	Bearer
//	@Router		/rooms/{room} [get]
func describe(c *call) (answer, error) {
	state, err := c.caller.Describe()
	return answer{status: http.StatusOK, body: state}, err
}

// listPeers shows who is in the room.
//
//	@Summary	List the peers of the room
//	@Tags		room
//	@Produce	json,application/problem+json
//	@Param		room	path		string	true	"the room"	example(standup)
//	@Success	200		{object}	model.PeerList
//	@Failure	400		{object}	Problem	"invalid_request"
//	@Failure	401		{object}	Problem	"unauthorized"
//	@Failure	403		{object}	Problem	"forbidden"
//	@Failure	404		{object}	Problem	"room_not_found"
//	@Failure	503		{object}	Problem	"unavailable"
//	@Security	Bearer
//	@Router		/rooms/{room}/peers [get]
func listPeers(c *call) (answer, error) {
	peers, err := c.caller.Peers()
	return answer{status: http.StatusOK, body: model.PeerList{Peers: peers}}, err
}

// putOut takes another peer out of the room.
//
//	@Summary		Put a peer out of the room
//	@Description	For admins only. The peer's streams get an end event, and its token is worth nothing any more.
//	@Tags			room
//	@Produce		application/problem+json
//	@Param			room	path	string	true	"the room"		example(standup)
//	@Param			peer	path	string	true	"the id of a peer"	example(b5kd2mqzx7ya)
//	@Success		204
//	@Failure		400	{object}	Problem	"invalid_request"
//	@Failure		401	{object}	Problem	"unauthorized"
//	@Failure		403	{object}	Problem	"forbidden"
//	@Failure		404	{object}	Problem	"peer_not_found, room_not_found"
//	@Failure		503	{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/peers/{peer} [delete]
func putOut(c *call) (answer, error) {
	return answer{}, c.caller.PutOut(c.gin.Request.Context(), param(c.gin, "peer"))
}
