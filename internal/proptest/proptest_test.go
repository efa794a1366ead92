package proptest

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/memory"
)

func TestSequencesOfMemory(t *testing.T) {
	Run(t, func(testing.TB) store.Store { return memory.New() })
}

// A field that is added to a filter is drawn, too.
func TestEveryFieldOfAFilterIsDrawn(t *testing.T) {
	drawn := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		r := store.Feedback{ID: ids[0], SessionID: "s", MessageID: "m", UserID: "u", Text: "t", Tags: tags[:1], Metadata: map[string]string{"model": "x"}}
		for _, set := range conditions {
			var f store.Filter
			set(t, &f, r)
			for i := range reflect.TypeFor[store.Filter]().NumField() {
				if !reflect.ValueOf(f).Field(i).IsZero() {
					drawn[reflect.TypeFor[store.Filter]().Field(i).Name] = true
				}
			}
		}
	})
	if n := reflect.TypeFor[store.Filter]().NumField(); len(drawn) != n {
		t.Errorf("%v are drawn, of %d", drawn, n)
	}
}

func TestSequencesCatchPlantedBugs(t *testing.T) {
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
