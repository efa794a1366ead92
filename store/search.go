package store

import (
	"unicode"
	"unicode/utf8"
)

// MaxSearchLength is the most characters (code points) of a Filter's Text.
const MaxSearchLength = 200

// An orbit is a character in every case, the smallest first, under Unicode's simple
// case folding.
type orbit [4]rune // as many as the largest has

func orbitOf(r rune) (o orbit) {
	o = orbit{r, r, r, r}
	for i, next := 1, unicode.SimpleFold(r); next != r; i, next = i+1, unicode.SimpleFold(next) {
		o[i] = next
	}
	if o[0] > o[1] || o[0] > o[2] || o[0] > o[3] {
		return orbitOf(unicode.SimpleFold(r)) // until it starts with the smallest
	}
	return o
}

func (o *orbit) has(r rune) bool { return r == o[0] || r == o[1] || r == o[2] || r == o[3] }

// ContainsFold reports whether s contains part, both in UTF-8, in upper or lower case:
// under Unicode's simple case folding, as strings.EqualFold compares. Nothing is
// normalized. It takes time linear in both (Knuth, Morris and Pratt).
func ContainsFold(s, part string) bool {
	if part == "" || s == "" {
		return part == ""
	}
	wanted := make([]orbit, 0, MaxSearchLength)
	for _, r := range part {
		wanted = append(wanted, orbitOf(r))
	}
	// back[i] is how many of the wanted are still there where the first i are, and the next is not.
	back := make([]int, 2, MaxSearchLength+1)
	for i := 1; i < len(wanted); i++ {
		n := back[i]
		for n > 0 && wanted[n] != wanted[i] {
			n = back[n]
		}
		if wanted[n] == wanted[i] {
			n++
		}
		back = append(back, n)
	}
	n := 0
	for _, r := range s {
		for n > 0 && !wanted[n].has(r) {
			n = back[n]
		}
		if wanted[n].has(r) {
			n++
		}
		if n == len(wanted) {
			return true
		}
	}
	return false
}

func checkSearch(parameter, text string) error {
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxSearchLength {
		return invalid(parameter, "must have 1 to %d characters, got %d", MaxSearchLength, n)
	}
	return checkText(parameter, text)
}
