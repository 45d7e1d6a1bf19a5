package model

// A Mutation is what somebody wishes to happen to a session: a [Join], a [Renew],
// a [Leave], an [Answer], an [Expire] or a [Write]. Session.Decide turns it into a
// [Change] or a refusal.
type Mutation interface {
	decide(s *Session) (*Change, error)
}
