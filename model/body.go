package model

import "encoding/json"

// What requests carry, with the tags that go-playground/validator holds them to.
// The validations room, key and pattern are registered in routes and call
// CheckRoom, CheckKey and CheckPattern. The tag binding is for swag alone, which
// takes every member for required that does not say otherwise.

// JoinBody is the body of a join; all of it may be left out.
type JoinBody struct {
	// Name is shown to the other peers; at most 64 characters.
	Name string `json:"name" binding:"optional" validate:"max=64" maxLength:"64" example:"Ann"`
	// Token is that of the own peer, beside a fresh JWT in the header: the peer
	// stays who it is.
	Token string `json:"token" binding:"optional" validate:"max=200" maxLength:"200"`
} //@name JoinBody

// PutBody is the body of a PUT. A body without a value removes the key, so that
// a value of null and no value are told apart.
type PutBody struct {
	// Value is any JSON, null included.
	Value json.RawMessage `json:"value" binding:"optional" swaggertype:"object"`
	// TTL is after how many seconds the entry goes by itself; at most a year.
	TTL *float64 `json:"ttl" binding:"optional" validate:"omitempty,gt=0,lte=31536000" minimum:"0" maximum:"31536000" example:"30"`
	// Ephemeral lets the entry go when the peer goes that writes it.
	Ephemeral bool `json:"ephemeral" binding:"optional" example:"false"`
} //@name PutBody

// PatchBody is the body of a PATCH. Keys are set or removed, all of them or none;
// there is at least one, and none stands there twice.
type PatchBody struct {
	// Set has the values, any JSON, by key.
	Set map[string]json.RawMessage `json:"set" binding:"optional" validate:"dive,keys,key,endkeys" swaggertype:"object"`
	// Remove has keys; those that are not there are passed over.
	Remove []string `json:"remove" binding:"optional" validate:"dive,key" example:"pinnedMessage"`
} //@name PatchBody

// RoomPath is what the path of every call on a room names.
type RoomPath struct {
	Room string `json:"room" validate:"room"`
}

// KeyPath is what the path of a call on one entry names.
type KeyPath struct {
	Key string `json:"key" validate:"key"`
}

// KeysQuery is the list in the query of a read or a stream. Its length is bounded
// because every delivery looks it through.
type KeysQuery struct {
	Keys []string `json:"keys" validate:"max=100,dive,pattern"`
}

// What answers carry.

// Joined answers a join.
type Joined struct {
	Session  string     `json:"session" example:"q3hm7vtw2c5ynkxd"`
	Revision uint64     `json:"revision" example:"17"`
	Peer     JoinedPeer `json:"peer"`
	// Token is the peer's secret: the bearer token of every other call.
	Token  string `json:"token" example:"b5kd2mqzx7ya.MRSW5LTCNBUWY3DPEBLW64TMMQ"`
	Limits Limits `json:"limits"`
} //@name Joined

// JoinedPeer is the own peer, as a join tells of it.
type JoinedPeer struct {
	ID       string `json:"id" example:"b5kd2mqzx7ya"`
	Name     string `json:"name" example:"Ann"`
	Role     string `json:"role,omitempty"`
	JoinedAt Time   `json:"joined_at" swaggertype:"string" format:"date-time"`
} //@name JoinedPeer

// RoomState describes a room and its session.
type RoomState struct {
	Room      string `json:"room" example:"standup"`
	Session   string `json:"session" example:"q3hm7vtw2c5ynkxd"`
	Revision  uint64 `json:"revision" example:"17"`
	CreatedAt Time   `json:"created_at" swaggertype:"string" format:"date-time"`
	// Peers is how many there are.
	Peers int `json:"peers" example:"3"`
	// Keys is how many entries there are that the caller may read.
	Keys int `json:"keys" example:"2"`
	// Bytes is how many bytes their keys and values have together.
	Bytes  int    `json:"bytes" example:"73"`
	Limits Limits `json:"limits"`
} //@name RoomState

// PeerList answers a read of the peers, the oldest first.
type PeerList struct {
	Peers []*Peer `json:"peers"`
} //@name PeerList

// PeerMoves says on a stream who has come and who has gone. A peer that is there
// already and comes again has another name or role.
type PeerMoves struct {
	Joined []*Peer     `json:"joined,omitempty"`
	Left   []Departure `json:"left,omitempty"`
} //@name PeerMoves

// Written answers a write of several keys.
type Written struct {
	Session  string `json:"session" example:"q3hm7vtw2c5ynkxd"`
	Revision uint64 `json:"revision" example:"17"`
} //@name Written

// EntryList answers a read of the store.
type EntryList struct {
	Session  string            `json:"session" example:"q3hm7vtw2c5ynkxd"`
	Revision uint64            `json:"revision" example:"17"`
	Entries  map[string]*Entry `json:"entries"`
} //@name EntryList
