package console_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/humanfeedback/feedbacks/handler"
)

// What the element offers is what visitors may give.
func TestReasonsAreTheElements(t *testing.T) {
	words, err := os.ReadFile("feedback-buttons/words.js")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`export const reasons = \{([^}]*)\}`).FindSubmatch(words)
	if list == nil {
		t.Fatal("the element has no list of reasons")
	}
	var offered []string
	for _, m := range regexp.MustCompile(`(?:"([^"]+)"|(\w+)): "[^"]+",`).FindAllSubmatch(list[1], -1) {
		offered = append(offered, string(m[1])+string(m[2]))
	}
	if !slices.Equal(offered, handler.Reasons()) {
		t.Errorf("the element offers %q, and visitors may give %q", offered, handler.Reasons())
	}
}
