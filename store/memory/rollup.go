package memory

import (
	"time"

	"github.com/humanfeedback/feedbacks/internal/summing"
	"github.com/humanfeedback/feedbacks/store"
)

// A rollup counts the records of one day, all of them and by tag. A tag is
// counted if it is in tags. A new one gets there while there is room and no record
// is uncounted, so that of each tag's records all are counted or none.
type rollup struct {
	all  store.Tally
	tags map[string]*store.Tally
}

func (ro *rollup) add(r *store.Feedback) {
	counted := true
	for _, tag := range r.Tags {
		t := ro.tags[tag]
		if t == nil {
			if len(ro.tags) >= store.MaxDayTags || ro.all.Uncounted > 0 {
				counted = false
				continue
			}
			t = new(store.Tally)
			ro.tags[tag] = t
		}
		t.Add(*r)
	}
	ro.all.Add(*r)
	if !counted {
		ro.all.Uncounted++
	}
}

func (ro *rollup) remove(r *store.Feedback) {
	counted := true
	for _, tag := range r.Tags {
		t := ro.tags[tag]
		if t == nil {
			counted = false
			continue
		}
		if t.Remove(*r); t.Count == 0 {
			delete(ro.tags, tag)
		}
	}
	ro.all.Remove(*r)
	if !counted {
		ro.all.Uncounted--
	}
}

// sum hands the rollups that b asks for to b.
func (sh *shelf) sum(b *summing.Builder) {
	var from int64
	if !b.From.IsZero() {
		from = b.From.Unix()
	}
	sh.days.Ascend(from, func(unix int64, ro *rollup) bool {
		if !b.To.IsZero() && unix >= b.To.Unix() {
			return false
		}
		day := time.Unix(unix, 0).UTC()
		add := func(tag string, t *store.Tally) {
			if t != nil {
				b.Add(summing.Rollup{Tag: tag, First: day, Last: day, Tally: *t})
			}
		}
		add("", &ro.all)
		if b.Tag != "" {
			add(b.Tag, ro.tags[b.Tag])
			return true
		}
		for tag, t := range ro.tags {
			add(tag, t)
		}
		return true
	})
}
