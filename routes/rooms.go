package routes

import (
	"net/http"

	"session-store/auth"
	"session-store/model"
)

// join puts a peer into a room.
//
//	@Summary		Join a room
//	@Description	The first join of a room begins its session. The answer has the token for all other calls.
//	@Description	With the token of a peer of this session the answer is that peer again: 200.
//	@Tags			room
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			room	path		string			true	"1 to 64 of A-Z a-z 0-9 _ . : -"	example(standup)
//	@Param			body	body		model.JoinBody	false	"who joins"
//	@Success		201		{object}	model.Joined	"a new peer"
//	@Success		200		{object}	model.Joined	"the peer that the bearer token stands for"
//	@Failure		400		{object}	Problem			"invalid_json, invalid_request"
//	@Failure		413		{object}	Problem			"body_too_large"
//	@Failure		415		{object}	Problem			"unsupported_media_type"
//	@Failure		503		{object}	Problem			"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/join [post]
func join(c *call) (answer, error) {
	var body model.JoinBody
	if err := c.body(&body); err != nil {
		return answer{}, err
	}
	ctx := c.gin.Request.Context()
	if text, ok := auth.Bearer(c.gin.GetHeader("Authorization")); ok {
		token, _ := auth.ParseToken(text)
		var err error
		if c.caller, err = c.api.rooms.Enter(ctx, c.room, token.Peer, token.Hash); err == nil {
			return c.joined(http.StatusOK, text)
		}
		// A token of a session that is over is what a page has that was away
		// too long: it comes in as a new peer.
		if !isCode(err, model.Unauthorized) {
			return answer{}, err
		}
	}
	id := auth.NewID()
	text, hash := auth.NewToken(id)
	caller, err := c.api.rooms.Join(ctx, c.room, model.Peer{ID: id, Name: body.Name, Token: hash})
	if err != nil {
		return answer{}, err
	}
	c.caller = caller
	return c.joined(http.StatusCreated, text)
}

func (c *call) joined(status int, token string) (answer, error) {
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
//	@Success	200		{object}	model.RoomInfo
//	@Failure	400		{object}	Problem	"invalid_request"
//	@Failure	401		{object}	Problem	"unauthorized"
//	@Failure	503		{object}	Problem	"unavailable"
//	@Security	Bearer
//	@Router		/rooms/{room} [get]
func describe(c *call) (answer, error) {
	info, err := c.caller.Describe()
	return answer{status: http.StatusOK, body: info}, err
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
//	@Description	For admins only: a peer that tries is refused.
//	@Tags			room
//	@Produce		application/problem+json
//	@Param			room	path	string	true	"the room"		example(standup)
//	@Param			peer	path	string	true	"the id of a peer"	example(b5kd2mqzx7ya)
//	@Success		204
//	@Failure		400	{object}	Problem	"invalid_request"
//	@Failure		401	{object}	Problem	"unauthorized"
//	@Failure		403	{object}	Problem	"forbidden"
//	@Failure		404	{object}	Problem	"peer_not_found"
//	@Failure		503	{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/peers/{peer} [delete]
func putOut(*call) (answer, error) {
	return answer{}, model.Errorf(model.Forbidden, "only an admin puts peers out of a room")
}
