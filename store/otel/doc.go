// Package otel tells OpenTelemetry what a store does: spans and metrics of its calls,
// by the conventions for database clients, and an event for each score that people
// give, by those for generative AI. It uses OpenTelemetry's API alone: which SDK, if
// any, and where all this goes, is the program's choice.
//
//	t := otel.New(&otel.Options{System: "postgresql"})
//	st := postgres.New(pool, &postgres.Options{Observe: t.Grouping})
//	api := handler.New(t.Wrap(st), &handler.Options{OnChange: t.OnChange})
//
// No text, correction, tag or id of a person is told, unless [Options].Explanations
// says so: docs/operating.md has a table of what is.
package otel
