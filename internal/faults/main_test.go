package faults

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// A part is one kind of trouble.
type part struct {
	name   string
	stores []string
	run    func(t *testing.T, on target) row
}

// A target is what a part runs against: a kind of store ("memory", "sqlite",
// "postgres", "redis", "cluster") and how hard to try.
type target struct {
	store string
	long  bool
}

// A row is what a part prints per store. Writes that were acknowledged and are
// not there are lost; writes that are there twice are duplicated; those that
// nobody knew the outcome of and that are there have landed. Wrong counts answers
// that cannot be right, or came too late.
type row struct {
	Part, Store             string
	Attempted, Acknowledged int
	Lost, Duplicated        int
	Landed, Wrong           int
	Recovery                time.Duration // the longest
	Note                    string
	Date                    string
}

var parts = []part{crash, power, network, linear, input, strangers, endurance}

var long = os.Getenv("FEEDBACKS_FAULTS") == "long"

// scale shortens the long form, to try it out.
var scale = func() float64 {
	if f, err := strconv.ParseFloat(os.Getenv("FEEDBACKS_FAULTS_SCALE"), 64); err == nil {
		return f
	}
	return 1
}()

// times returns how often to do something, in the short and in the long form.
func (on target) times(short, long int) int {
	if on.long {
		return max(int(float64(long)*scale), 1)
	}
	return short
}

// lasting returns how long to do something, in the short and in the long form.
func (on target) lasting(short, long time.Duration) time.Duration {
	if on.long {
		return time.Duration(float64(long) * scale)
	}
	return short
}

func TestFaults(t *testing.T) {
	var rows []row
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			for _, store := range p.stores {
				t.Run(store, func(t *testing.T) {
					r := p.run(t, target{store, long})
					r.Part, r.Store, r.Date = p.name, store, time.Now().UTC().Format(time.DateOnly)
					if r.Lost+r.Duplicated+r.Wrong > 0 {
						t.Errorf("%d lost, %d duplicated, %d wrong", r.Lost, r.Duplicated, r.Wrong)
					}
					rows = append(rows, r)
				})
			}
		})
	}
	if long && scale == 1 {
		var err error
		if rows, err = keep(rows); err != nil {
			t.Error(err)
		}
	}
	t.Logf("\n%s", markdown(rows))
}

// keep replaces rows of the table that is kept, and returns all of them, in the
// order of parts.
func keep(rows []row) ([]row, error) {
	all, err := readResults()
	if err != nil {
		return rows, err
	}
	for _, r := range rows {
		all = slices.DeleteFunc(all, func(old row) bool { return old.Part == r.Part && old.Store == r.Store })
		all = append(all, r)
	}
	place := func(r row) int {
		for i, p := range parts {
			if p.name == r.Part {
				return i*100 + slices.Index(p.stores, r.Store)
			}
		}
		return -1
	}
	slices.SortFunc(all, func(a, b row) int { return place(a) - place(b) })
	return all, writeResults(all)
}
