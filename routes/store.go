package routes

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"session-store/model"
)

// listEntries shows the store.
//
//	@Summary		Read the store
//	@Description	All entries, or those of the keys. The ETag is the position of the session: with If-None-Match the answer is 304 while nothing has changed.
//	@Tags			store
//	@Produce		json,application/problem+json
//	@Param			room			path		string	true	"the room"	example(standup)
//	@Param			keys			query		string	false	"keys, prefixes with *, or *, with commas between them; at most 100"	example(*)
//	@Param			If-None-Match	header		string	false	"the ETag of an earlier answer"
//	@Success		200				{object}	model.EntryList
//	@Success		304				"nothing has changed"
//	@Header			200,304			{string}	ETag	"the position of the session"
//	@Failure		400	{object}	Problem	"invalid_request"
//	@Failure		401	{object}	Problem	"unauthorized"
//	@Failure		403	{object}	Problem	"forbidden"
//	@Failure		404	{object}	Problem	"room_not_found"
//	@Failure		503	{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/store [get]
func listEntries(c *call) (answer, error) {
	keys, _, err := c.keys()
	if err != nil {
		return answer{}, err
	}
	condition, err := c.freshness()
	if err != nil {
		return answer{}, err
	}
	entries, at, err := c.caller.Entries(keys)
	if err != nil {
		return answer{}, err
	}
	if condition.NotModified(at.String(), true) && c.caller.Trusts(at) {
		return answer{status: http.StatusNotModified, etag: at.ETag()}, nil
	}
	list := model.EntryList{Session: at.Session, Revision: at.Revision, Entries: make(map[string]*model.Entry, len(entries))}
	for _, entry := range entries {
		list.Entries[entry.Key] = entry
	}
	return answer{status: http.StatusOK, body: list, etag: at.ETag()}, nil
}

// getEntry shows one entry.
//
//	@Summary	Read an entry
//	@Tags		store
//	@Produce	json,application/problem+json
//	@Param		room			path		string	true	"the room"	example(standup)
//	@Param		key				path		string	true	"1 to 128 bytes, percent-encoded"	example(spotlight)
//	@Param		If-None-Match	header		string	false	"the ETag of an earlier answer"
//	@Success	200				{object}	model.Entry
//	@Success	304				"nothing has changed"
//	@Header		200,304			{string}	ETag	"the position of the entry"
//	@Failure	400	{object}	Problem	"invalid_request"
//	@Failure	401	{object}	Problem	"unauthorized"
//	@Failure	403	{object}	Problem	"forbidden"
//	@Failure	404	{object}	Problem	"key_not_found, room_not_found"
//	@Failure	503	{object}	Problem	"unavailable"
//	@Security	Bearer
//	@Router		/rooms/{room}/store/{key} [get]
func getEntry(c *call) (answer, error) {
	key, err := c.key()
	if err != nil {
		return answer{}, err
	}
	condition, err := c.freshness()
	if err != nil {
		return answer{}, err
	}
	entry, at, err := c.caller.Entry(key)
	if err != nil {
		return answer{}, err
	}
	if condition.NotModified(at.String(), true) {
		return answer{status: http.StatusNotModified, etag: at.ETag()}, nil
	}
	return answer{status: http.StatusOK, body: entry, etag: at.ETag()}, nil
}

// putEntry sets an entry.
//
//	@Summary		Set an entry
//	@Description	A body without a value, or no body, removes the entry. A value of null is a value.
//	@Description	With ttl the entry goes by itself, with ephemeral it goes when the peer goes that wrote it; a later PUT without them clears both. A lock is If-None-Match: * with ephemeral.
//	@Tags			store
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			room			path		string			true	"the room"	example(standup)
//	@Param			key				path		string			true	"1 to 128 bytes, percent-encoded"	example(spotlight)
//	@Param			body			body		model.PutBody	false	"the value"
//	@Param			If-Match		header		string			false	"the ETag that the entry must have, or * for any"
//	@Param			If-None-Match	header		string			false	"* if there must be no entry"
//	@Success		200				{object}	model.Entry	"changed"
//	@Success		201				{object}	model.Entry	"new"
//	@Header			200,201			{string}	ETag		"the position of the entry"
//	@Success		204				"removed"
//	@Failure		400				{object}	Problem	"invalid_json, invalid_request"
//	@Failure		401				{object}	Problem	"unauthorized"
//	@Failure		403				{object}	Problem	"forbidden"
//	@Failure		404				{object}	Problem	"room_not_found"
//	@Failure		409				{object}	Problem	"too_many_keys, store_full"
//	@Failure		412				{object}	Problem	"precondition_failed"
//	@Failure		413				{object}	Problem	"value_too_large, body_too_large"
//	@Failure		415				{object}	Problem	"unsupported_media_type"
//	@Failure		429				{object}	Problem	"rate_limited"
//	@Failure		503				{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/store/{key} [put]
func putEntry(c *call) (answer, error) {
	key, err := c.key()
	if err != nil {
		return answer{}, err
	}
	var body model.PutBody
	if err := c.body(&body, c.api.maxBody); err != nil {
		return answer{}, err
	}
	if body.Value == nil {
		if body.TTL != nil || body.Ephemeral {
			return answer{}, model.InvalidFields(model.FieldError{
				Field: "value", Detail: "is missing: ttl and ephemeral are of a value, and without one the entry is removed",
			})
		}
		return deleteEntry(c)
	}
	condition, err := c.condition()
	if err != nil {
		return answer{}, err
	}
	assignment, err := assign(key, body)
	if err != nil {
		return answer{}, err
	}
	written, err := c.caller.Write(c.gin.Request.Context(), model.Write{Set: []model.Assignment{assignment}, If: condition})
	if err != nil {
		return answer{}, err
	}
	status := http.StatusOK
	if written.Created {
		status = http.StatusCreated
	}
	return answer{status: status, body: written.Set[0], etag: written.Position.ETag()}, nil
}

func assign(key string, body model.PutBody) (model.Assignment, error) {
	value, err := model.PartOfBody(body.Value)
	a := model.Assignment{Key: key, Value: value, Ephemeral: body.Ephemeral}
	if body.TTL != nil {
		// Times are in milliseconds here, and none is no time to live at all.
		a.TTL = max(time.Millisecond, time.Duration(*body.TTL*float64(time.Second)))
	}
	return a, err
}

// patchStore sets and removes entries.
//
//	@Summary		Set and remove several entries
//	@Description	All of it or nothing, under one revision and in one event. A condition goes with one key only.
//	@Tags			store
//	@Accept			json
//	@Produce		json,application/problem+json
//	@Param			room			path		string			true	"the room"	example(standup)
//	@Param			body			body		model.PatchBody	true	"what to set and what to remove"
//	@Param			If-Match		header		string			false	"the ETag that the entry must have, or * for any"
//	@Param			If-None-Match	header		string			false	"* if there must be no entry"
//	@Success		200				{object}	model.Written
//	@Header			200				{string}	ETag	"the position of the session"
//	@Failure		400				{object}	Problem	"invalid_json, invalid_request"
//	@Failure		401				{object}	Problem	"unauthorized"
//	@Failure		403				{object}	Problem	"forbidden"
//	@Failure		404				{object}	Problem	"room_not_found"
//	@Failure		409				{object}	Problem	"too_many_keys, store_full"
//	@Failure		412				{object}	Problem	"precondition_failed"
//	@Failure		413				{object}	Problem	"value_too_large, body_too_large"
//	@Failure		415				{object}	Problem	"unsupported_media_type"
//	@Failure		429				{object}	Problem	"rate_limited"
//	@Failure		503				{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/store [patch]
func patchStore(c *call) (answer, error) {
	var body model.PatchBody
	if err := c.body(&body, c.api.maxBody); err != nil {
		return answer{}, err
	}
	if len(body.Set)+len(body.Remove) == 0 {
		return answer{}, badBody("sets nothing and removes nothing")
	}
	condition, err := c.condition()
	if err != nil {
		return answer{}, err
	}
	write := model.Write{Remove: body.Remove, If: condition}
	for _, key := range slices.Sorted(maps.Keys(body.Set)) {
		value, err := model.PartOfBody(body.Set[key])
		if err != nil {
			return answer{}, err
		}
		write.Set = append(write.Set, model.Assignment{Key: key, Value: value})
	}
	written, err := c.caller.Write(c.gin.Request.Context(), write)
	if err != nil {
		return answer{}, err
	}
	at := written.Position
	return answer{status: http.StatusOK, body: model.Written(at), etag: at.ETag()}, nil
}

// deleteEntry removes an entry.
//
//	@Summary		Remove an entry
//	@Description	That there is no such entry is no error.
//	@Tags			store
//	@Produce		application/problem+json
//	@Param			room			path	string	true	"the room"	example(standup)
//	@Param			key				path	string	true	"1 to 128 bytes, percent-encoded"	example(spotlight)
//	@Param			If-Match		header	string	false	"the ETag that the entry must have, or * for any"
//	@Param			If-None-Match	header	string	false	"* if there must be no entry"
//	@Success		204
//	@Failure		400	{object}	Problem	"invalid_request"
//	@Failure		401	{object}	Problem	"unauthorized"
//	@Failure		403	{object}	Problem	"forbidden"
//	@Failure		404	{object}	Problem	"room_not_found"
//	@Failure		412	{object}	Problem	"precondition_failed"
//	@Failure		429	{object}	Problem	"rate_limited"
//	@Failure		503	{object}	Problem	"unavailable"
//	@Security		Bearer
//	@Router			/rooms/{room}/store/{key} [delete]
func deleteEntry(c *call) (answer, error) {
	key, err := c.key()
	if err != nil {
		return answer{}, err
	}
	condition, err := c.condition()
	if err != nil {
		return answer{}, err
	}
	_, err = c.caller.Write(c.gin.Request.Context(), model.Write{Remove: []string{key}, If: condition})
	return answer{}, err
}
