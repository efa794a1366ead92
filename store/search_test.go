package store_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/humanfeedback/feedbacks/store"
)

// Every character is found in each of its cases, as regular expressions have them,
// and a search for it finds the next one only if that is one of these.
func TestContainsFoldKnowsEveryCharacter(t *testing.T) {
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if r == 0xd800 {
			r = 0xe000 // no UTF-8 has what is between
		}
		for folded := unicode.SimpleFold(r); folded != r; folded = unicode.SimpleFold(folded) {
			if !store.ContainsFold("é"+string(r)+"é", string(folded)) {
				t.Errorf("%q is not found in %q", folded, r)
			}
		}
		if !store.ContainsFold(string(r), string(r)) || store.ContainsFold(string(r), string(r+1)) != strings.EqualFold(string(r), string(r+1)) {
			t.Errorf("%q is not found in itself, or found in %q", r, r+1)
		}
	}
}

// What repeats itself in part is where a search goes back.
func TestContainsFoldFindsWhatRepeats(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString([]string{"a", "A", "é", "É", "k", "\u212a"}[rnd.IntN(2+2*rnd.IntN(3))])
		}
		return b.String()
	}
	found := 0
	for range 20_000 {
		s, part := draw(rnd.IntN(40)), draw(1+rnd.IntN(6))
		want := regexp.MustCompile("(?i)" + part).MatchString(s)
		if got := store.ContainsFold(s, part); got != want {
			t.Fatalf("ContainsFold(%q, %q) is %t", s, part, got)
		}
		if want {
			found++
		}
	}
	if found < 1000 || found > 19_000 {
		t.Errorf("found %d of 20000: too few or too many to tell", found)
	}
	if !store.ContainsFold("", "") || !store.ContainsFold("a", "") || store.ContainsFold("", "a") {
		t.Error("what is empty is not in all, or not nowhere")
	}
}

// A window of records is searched without making garbage.
func TestContainsFoldAllocatesNothing(t *testing.T) {
	s, part := strings.Repeat("Ab", 5000), strings.Repeat("aB", store.MaxSearchLength/2-1)+"c"
	if n := testing.AllocsPerRun(100, func() { store.ContainsFold(s, part) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
