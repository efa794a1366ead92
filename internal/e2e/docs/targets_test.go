package docs

import (
	"regexp"
	"testing"
)

// TestTargetsAreThere: what pages have make do is in the Makefile.
func TestTargetsAreThere(t *testing.T) {
	makefile := read(t, "Makefile")
	named := 0
	for _, page := range markdown(t) {
		for _, m := range regexp.MustCompile("`make ([a-z0-9-]+)").FindAllStringSubmatch(read(t, page), -1) {
			named++
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).MatchString(makefile) {
				t.Errorf("%s has `make %s`: the Makefile has no such target", page, m[1])
			}
		}
	}
	if named == 0 {
		t.Error("no page names a target")
	}
}
