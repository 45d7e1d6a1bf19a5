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
} //@name JoinBody

// PutBody is the body of a PUT. A body without a value removes the key, so that
// a value of null and no value are told apart.
type PutBody struct {
	// Value is any JSON, null included.
	Value json.RawMessage `json:"value" binding:"optional" swaggertype:"object"`
} //@name PutBody

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

// RoomInfo describes a room and its session.
type RoomInfo struct {
	Room      string `json:"room" example:"standup"`
	Session   string `json:"session" example:"q3hm7vtw2c5ynkxd"`
	Revision  uint64 `json:"revision" example:"17"`
	CreatedAt Time   `json:"created_at" swaggertype:"string" format:"date-time"`
	// Peers, Keys and Bytes are how many there are; Bytes counts keys and values.
	Peers  int    `json:"peers" example:"3"`
	Keys   int    `json:"keys" example:"2"`
	Bytes  int    `json:"bytes" example:"73"`
	Limits Limits `json:"limits"`
} //@name RoomInfo

// PeerList answers a read of the peers, the oldest first.
type PeerList struct {
	Peers []*Peer `json:"peers"`
} //@name PeerList

// EntryList answers a read of the store.
type EntryList struct {
	Session  string            `json:"session" example:"q3hm7vtw2c5ynkxd"`
	Revision uint64            `json:"revision" example:"17"`
	Entries  map[string]*Entry `json:"entries"`
} //@name EntryList
