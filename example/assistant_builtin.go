package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A builtin answers questions about this library, without any network: it looks
// for the topic whose words a question has.
type builtin struct {
	pace time.Duration // between words
}

func (b builtin) name() string { return "the built-in assistant" }
func (b builtin) tag() string  { return "model:built-in" }

func (b builtin) answer(ctx context.Context, turns []turn, to reply) error {
	to.step(fmt.Sprintf("searching %d topics", len(topics)))
	found := match(turns[len(turns)-1].Content)
	text := unknown
	switch {
	case found != nil:
		to.step("matched: " + found.name)
		text = found.answer
	default:
		to.step("matched nothing")
	}
	words := strings.SplitAfter(text, " ")
	for _, word := range words {
		select {
		case <-time.After(b.pace):
			to.say(word)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	to.step(fmt.Sprintf("answered in %d words", len(words)))
	return nil
}

// match returns the topic that a question is about, nil when there is none. A word
// says the more the fewer topics have it, and the first of a topic's words are what
// it is called.
func match(question string) *topic {
	asked := stems(question)
	var best *topic
	most := 0.3 // with less it is not sure
	for i := range topics {
		score := 0.0
		for n, word := range topics[i].stems {
			if slices.Contains(asked, word) {
				weight := 1.0
				if n < 2 {
					weight = 2
				}
				score += weight / float64(commonness[word])
			}
		}
		if score > most {
			best, most = &topics[i], score
		}
	}
	return best
}

// commonness counts the topics that have a word.
var commonness = func() map[string]int {
	n := map[string]int{}
	for i := range topics {
		topics[i].stems = stems(topics[i].words)
		for _, word := range topics[i].stems {
			n[word]++
		}
	}
	return n
}()

// stems returns the words of a text without their commonest endings.
func stems(text string) (words []string) {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		for _, ending := range []string{"ing", "ed", "es", "s", "e"} {
			if stem, ok := strings.CutSuffix(word, ending); ok && len(stem) > 2 {
				word = stem
				break
			}
		}
		if !slices.Contains(words, word) && !slices.Contains(filler, word) {
			words = append(words, word)
		}
	}
	return words
}

// filler are the stems of words that say nothing about a topic.
var filler = strings.Fields("a an and ar at be can could did do doe for from how i if in is it m me my not of on or s so t than that th their them " +
	"thi to us wa we what when where which why will with would you your about there any som much many make work happen")
