package version

import "testing"

func TestWhatIsGivenGoesFirst(t *testing.T) {
	before, _ := Of()
	given = "v1.2.3"
	defer func() { given = "" }()
	if now, revision := Of(); now != "v1.2.3" || before == "" || revision == "" {
		t.Errorf("it is %q of %q, and was %q", now, revision, before)
	}
}
