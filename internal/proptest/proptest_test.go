package proptest

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestMemory(t *testing.T) {
	Run(t, func(testing.TB) store.Store { return memory.New() })
}

func TestPlantedBugsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("rapid makes shorter sequences, too")
	}
	setDefaults(t, "5000") // it stops at the first that fails
	setDefault(t, "rapid.shrinktime", "10ms")
	bugs := maps.Clone(readBugs)
	maps.Copy(bugs, writeBugs)
	for name, bug := range bugs {
		t.Run(name, func(t *testing.T) {
			r := &recorder{T: t}
			check(r, plant(bug))
			if !strings.HasPrefix(r.failure, "[rapid] failed after") { // but passed, panicked or was flaky
				t.Errorf("not caught: %s", r.failure)
			}
		})
	}
}

// A recorder is a test that may fail.
type recorder struct {
	*testing.T
	failure string
}

func (r *recorder) Errorf(format string, args ...any) { r.failure = fmt.Sprintf(format, args...) }
func (r *recorder) Failed() bool                      { return r.failure != "" }
func (r *recorder) FailNow()                          {}
