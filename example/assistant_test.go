package main

import (
	"strings"
	"testing"
)

func TestTheBuiltInAssistantFindsItsTopic(t *testing.T) {
	for question, want := range map[string]string{
		"How do I mount it?":                     "mounting",
		"how do i use this with chi":             "mounting",
		"Who may call?  How do I authenticate??": "authentication",
		"Where is feedback kept?":                "stores",
		"which databases do you support":         "stores",
		"Does it work with Postgres?":            "PostgreSQL",
		"Can I use a Redis cluster":              "Redis",
		"How does a vote work?":                  "votes",
		"how do I take a vote back":              "undo",
		"How do I undo my vote?":                 "undo",
		"can I change my vote":                   "changing a vote",
		"How do I filter the list?":              "lists and filters",
		"how are pages done":                     "pages",
		"Show me statistics":                     "summaries",
		"how to get a summary":                   "summaries",
		"How do I export to CSV?":                "exports",
		"GDPR: erase a user's data":              "erasure",
		"How do I delete old records?":           "retention",
		"retention":                              "retention",
		"Are tokens safe in the browser?":        "tokens",
		"How do I move from Twilio?":             "Twilio",
		"migrate from twilio":                    "Twilio",
		"Where is the console?":                  "the console",
		"is it fast enough for millions":         "speed",
		"What happens when I send it twice?":     "idempotency",
		"which errors are there":                 "errors",
		"can I use another model like GPT":       "this Simulator",
		"what is this library for":               "what this is",
		"Hi!":                                    "hello",
		"What does the moon weigh?":              "",
		"Tell me a joke":                         "",
		"¿Qué hora es?":                          "",
		"":                                       "",
	} {
		got := ""
		if found := match(question); found != nil {
			got = found.name
		}
		if got != want {
			t.Errorf("%q is about %q, want %q", question, got, want)
		}
	}
}

func TestEveryTopicIsFoundByItsName(t *testing.T) {
	for _, topic := range topics {
		if found := match(strings.Join(strings.Fields(topic.words)[:2], " ")); found == nil || found.name != topic.name {
			t.Errorf("the words of %q lead to %v", topic.name, found)
		}
		if strings.Count(topic.answer, "```")%2 != 0 {
			t.Errorf("%q has a fence without its end", topic.name)
		}
	}
}
