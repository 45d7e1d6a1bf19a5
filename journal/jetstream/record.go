package jetstream

import (
	"bytes"
	"strconv"

	"session-store/model"
)

// version stands in each record. A program that makes records which older ones
// would misunderstand counts it up; members that may be ignored need no new one.
const version = 1

// recordHead is what each record of this version begins with. The id behind it is
// given by the writer, which knows its own record by it.
const recordHead = `{"v":1,"id":"`

// appendRecord appends the changes as they are stored: JSON that `nats stream get`
// shows to a person, in bytes that are made by hand since each write pays for
// them. Members that say nothing are left out.
func appendRecord(dst []byte, id string, changes []*model.Change) []byte {
	dst = append(append(append(dst, recordHead...), id...), `","changes":[`...)
	for i, change := range changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendChange(dst, change)
	}
	return append(dst, "]}"...)
}

// isRecord reports whether a record has the id.
func isRecord(data []byte, id string) bool {
	rest, found := bytes.CutPrefix(data, []byte(recordHead))
	return found && len(rest) > len(id) && string(rest[:len(id)]) == id && rest[len(id)] == '"'
}

func appendChange(dst []byte, c *model.Change) []byte {
	dst = appendText(append(dst, '{'), `"session":`, c.Session)
	dst = appendUint(dst, `,"revision":`, c.Revision)
	dst = appendTime(dst, `,"at":`, c.At)
	dst = appendAll(dst, `,"joined":`, c.Joined, appendPeer)
	dst = appendAll(dst, `,"left":`, c.Left, appendDeparture)
	dst = appendAll(dst, `,"moved":`, c.Moved, appendMove)
	dst = appendAll(dst, `,"set":`, c.Set, appendEntry)
	dst = appendAll(dst, `,"removed":`, c.Removed, appendRemoval)
	if c.Created != 0 {
		dst = strconv.AppendInt(append(dst, `,"created":`...), int64(c.Created), 10)
	}
	dst = appendTrue(dst, `,"ends":true`, c.Ends)
	dst = appendTrue(dst, `,"begins":true`, c.Begins)
	if c.CreatedAt != 0 {
		dst = appendTime(dst, `,"created_at":`, c.CreatedAt)
	}
	if c.Forgotten != 0 {
		dst = appendUint(dst, `,"forgotten":`, c.Forgotten)
	}
	return append(dst, '}')
}

func appendPeer(dst []byte, p *model.Peer) []byte {
	dst = appendText(append(dst, '{'), `"id":`, p.ID)
	dst = appendText(dst, `,"name":`, p.Name)
	if p.Role != "" {
		dst = appendText(dst, `,"role":`, p.Role)
	}
	dst = appendTime(dst, `,"joined_at":`, p.JoinedAt)
	if p.Token != (model.TokenHash{}) {
		dst = append(dst, `,"token":"`...)
		dst = append(appendHex(dst, p.Token[:]), '"')
	}
	if p.Grants != nil {
		dst = appendGrants(append(dst, `,"grants":`...), p.Grants)
	}
	if p.Renewed != 0 {
		dst = appendUint(dst, `,"renewed":`, p.Renewed)
	}
	if p.Node != "" {
		dst = appendText(dst, `,"node":`, p.Node)
	}
	return append(dst, '}')
}

func appendGrants(dst []byte, g *model.Grants) []byte {
	dst = appendText(append(dst, '{'), `"subject":`, g.Subject)
	dst = appendAll(dst, `,"read":`, g.Read.Patterns(), model.AppendString)
	dst = appendAll(dst, `,"write":`, g.Write.Patterns(), model.AppendString)
	dst = appendTrue(dst, `,"admin":true`, g.Admin)
	if g.Expires != 0 {
		dst = appendTime(dst, `,"expires":`, g.Expires)
	}
	return append(dst, '}')
}

func appendDeparture(dst []byte, d model.Departure) []byte {
	dst = appendText(append(dst, '{'), `"id":`, d.Peer)
	dst = appendText(dst, `,"reason":`, string(d.Reason))
	return append(dst, '}')
}

func appendMove(dst []byte, m model.Move) []byte {
	dst = appendText(append(dst, '{'), `"id":`, m.Peer)
	dst = appendText(dst, `,"node":`, m.Node)
	return append(dst, '}')
}

// appendEntry does not take the JSON that the entry has for its readers: that
// one may change with the API, and records stay.
func appendEntry(dst []byte, e *model.Entry) []byte {
	dst = appendText(append(dst, '{'), `"key":`, e.Key)
	dst = append(append(dst, `,"value":`...), e.Value...)
	dst = appendUint(dst, `,"revision":`, e.Revision)
	dst = appendTime(dst, `,"updated_at":`, e.UpdatedAt)
	dst = appendText(dst, `,"updated_by":`, e.UpdatedBy)
	if e.ExpiresAt != 0 {
		dst = appendTime(dst, `,"expires_at":`, e.ExpiresAt)
	}
	dst = appendTrue(dst, `,"ephemeral":true`, e.Ephemeral)
	return append(dst, '}')
}

func appendRemoval(dst []byte, r model.Removal) []byte {
	dst = appendText(append(dst, '{'), `"key":`, r.Key)
	dst = appendUint(dst, `,"revision":`, r.Revision)
	dst = appendText(dst, `,"reason":`, string(r.Reason))
	return append(dst, '}')
}

// appendAll appends a member with a list, unless the list is empty.
func appendAll[T any](dst []byte, member string, list []T, one func([]byte, T) []byte) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(append(dst, member...), '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, item)
	}
	return append(dst, ']')
}

func appendText(dst []byte, member, text string) []byte {
	return model.AppendString(append(dst, member...), text)
}

func appendUint(dst []byte, member string, n uint64) []byte {
	return strconv.AppendUint(append(dst, member...), n, 10)
}

// appendTime appends the moment as a number: exact for every moment there is.
func appendTime(dst []byte, member string, t model.Time) []byte {
	return strconv.AppendInt(append(dst, member...), int64(t), 10)
}

func appendTrue(dst []byte, member string, is bool) []byte {
	if !is {
		return dst
	}
	return append(dst, member...)
}

func appendHex(dst, bytes []byte) []byte {
	const digits = "0123456789abcdef"
	for _, b := range bytes {
		dst = append(dst, digits[b>>4], digits[b&0xf])
	}
	return dst
}
