package params

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/internal/zone"
	"github.com/humanfeedback/feedbacks/store"
)

const (
	idRule    = "must have 1 to 255 bytes, valid UTF-8 without control characters"
	tagRule   = "must have 1 to 64 characters, valid UTF-8 without control characters"
	scoreRule = "must be a number between 0 and 1"
	boolRule  = "must be true or false"
	timeRule  = "must be a time like 2026-11-22T10:20:30Z, or a date like 2026-11-22"
	textRule  = "must have 1 to 200 characters, valid UTF-8 without U+0000"
	pairRule  = "must be a name, a colon and a value, like model:x-1"
)

// Filters select records, wherever a set of them is meant. Each sets a field of
// [store.Filter].
var Filters = []Param{
	{Name: "SessionId", Title: "Session", Kind: ID, Rule: idRule, Description: "Only feedback of this session.",
		set: text(func(f *store.Filter) *string { return &f.SessionID })},
	{Name: "MessageId", Title: "Message", Kind: ID, Rule: idRule, Description: "Only feedback on this message.",
		set: text(func(f *store.Filter) *string { return &f.MessageID })},
	{Name: "UserId", Title: "User", Kind: ID, Rule: idRule, Description: "Only feedback by this user.",
		set: text(func(f *store.Filter) *string { return &f.UserID })},
	{Name: "Tag", Title: "Tag", Kind: Tag, Rule: tagRule, Description: "Only feedback with this tag.",
		set: text(func(f *store.Filter) *string { return &f.Tag })},
	{Name: "Text", Title: "Words", Kind: Words, Rule: textRule, Description: "Only feedback whose note or correction contains this, in upper or lower case. Accents, and composed and decomposed characters, are told apart.",
		set: text(func(f *store.Filter) *string { return &f.Text })},
	{Name: "MinScore", Title: "Score", Kind: Score, Rule: scoreRule, Description: "Only feedback with this score or a better one.",
		set: score(func(f *store.Filter) **float64 { return &f.MinScore })},
	{Name: "MaxScore", Title: "Score", Kind: Score, Rule: scoreRule, Description: "Only feedback with this score or a worse one.",
		set: score(func(f *store.Filter) **float64 { return &f.MaxScore })},
	{Name: "HasText", Title: "Note", Kind: Bool, Rule: boolRule, Description: "Only feedback with a note, or only feedback without one.",
		set: boolean(func(f *store.Filter) **bool { return &f.HasText })},
	{Name: "HasCorrection", Title: "Correction", Kind: Bool, Rule: boolRule, Description: "Only feedback with a correction, or only feedback without one.",
		set: boolean(func(f *store.Filter) **bool { return &f.HasCorrection })},
	{Name: "Handled", Title: "Review", Kind: Bool, Rule: boolRule, Description: "Only feedback that staff has reviewed, or only feedback that it has not.",
		set: boolean(func(f *store.Filter) **bool { return &f.Handled })},
	{Name: "Waiting", Title: "Waiting", Kind: Bool, Rule: boolRule, Description: "Only feedback that staff has not reviewed and that is negative or has a note or a correction, or only other feedback.",
		set: boolean(func(f *store.Filter) **bool { return &f.Waiting })},
	{Name: "Metadata", Title: "Metadata", Kind: Pair, Rule: pairRule, Description: "Only feedback whose metadata has this name with this value: a name, a colon and the whole value.",
		set: pair(func(f *store.Filter) *store.Pair { return &f.Metadata })},
	{Name: "DateCreatedAfter", Title: "From", Kind: Time, Rule: timeRule, Hint: "in a URL, a + is %2B", Description: "Only feedback created at this time or later: RFC 3339, or a date, which starts at midnight UTC.",
		set: instant(func(f *store.Filter) *time.Time { return &f.CreatedAfter })},
	{Name: "DateCreatedBefore", Title: "Before", Kind: Time, Rule: timeRule, Hint: "in a URL, a + is %2B", Description: "Only feedback created before this time.",
		set: instant(func(f *store.Filter) *time.Time { return &f.CreatedBefore })},
}

// Voter says whose vote is meant.
var Voter = []Param{{Name: "UserId", Kind: ID, Rule: idRule, Description: "Who votes, unless the credentials say it. Without it, and without a user_id in a body, the vote is that of all anonymous people.",
	set: text(func(f *store.Filter) *string { return &f.UserID })}}

// Person says whose records are meant, in all assistants.
var Person = []Param{{Name: "UserId", Kind: ID, Rule: idRule, Required: true, Description: "Whose feedback.",
	set: text(func(f *store.Filter) *string { return &f.UserID })}}

// Order is the order of a list.
var Order = []Param{{Name: "Order", Kind: Choice, Choices: []string{"asc", "desc"}, Rule: "must be asc or desc", Description: "Oldest first (asc) or newest first (desc).",
	set: choice(func(v *Values, value string) { v.Ascending = value == "asc" })}}

// Format asks for a file, or for a dataset.
var Format = []Param{{Name: "Format", Kind: Choice, Choices: []string{"csv", "ndjson", "kto", "dpo", "promptfoo"}, Rule: "must be csv, ndjson, kto, dpo or promptfoo",
	Description: "Exports a file: comma-separated values, or a JSON object a line; or, where the server knows the conversations, a dataset, an example a line: of TRL's KTOTrainer, of direct preference optimization, or test cases of promptfoo. Not together with PageSize, Page or PageToken. Accept with text/csv or application/x-ndjson is the same as csv or ndjson, but that csv has a byte order mark here, for spreadsheets.",
	set:         choice(func(v *Values, value string) { v.Format = value })}}

// Review says which reviews a dataset looks for.
var Review = []Param{{Name: "Review", Kind: Choice, Choices: []string{"any"}, Rule: "must be any",
	Description: "With Format=dpo alone: takes every correction, instead of those alone that a review agrees with. Whoever may vote can then write what a model is trained on.",
	set:         choice(func(v *Values, value string) { v.AnyReview = value == "any" })}}

// File asks for a file alone.
var File = []Param{{Name: "Format", Kind: Choice, Choices: []string{"csv", "ndjson"}, Rule: "must be csv or ndjson", Description: "Exports a file: comma-separated values, or a JSON object a line. Not together with PageSize, Page or PageToken. The same as Accept with text/csv or application/x-ndjson, but that csv has a byte order mark here, for spreadsheets.",
	set: choice(func(v *Values, value string) { v.Format = value })}}

// Interval divides a summary's time.
var Interval = []Param{
	{Name: "Interval", Kind: Choice, Choices: []string{"hour", "day", "week", "month"}, Rule: "must be hour, day, week or month", Description: "Adds a series: one point for each hour, day, week or month of the span, at most 1000, and hours for at most 31 days.",
		set: choice(func(v *Values, value string) { v.Interval = store.Interval(value) })},
	{Name: "TimeZone", Kind: Zone, Rule: "must be a time zone like Europe/Berlin", Description: "Whose days, weeks and months the series has, by its name in the IANA database; UTC without it. Dates without a time are then of this zone too.",
		set: location},
}

// Compare asks a summary for more than one set of numbers.
var Compare = []Param{
	{Name: "Compare", Kind: Tag, Rule: tagRule, Description: "Adds a comparison of the tags that start with this: of the hundred that were seen last.",
		set: func(_ *Param, v *Values, value string) bool { v.Compare = value; return true }},
	{Name: "Previous", Kind: Bool, Rule: boolRule, Description: "Adds the same statistics of the span before, which is as long, and the change. Needs both bounds of time.",
		set: func(_ *Param, v *Values, value string) bool {
			v.Previous = value == "true"
			return value == "true" || value == "false"
		}},
}

// Paging asks for a page of Twilio's.
var Paging = []Param{
	{Name: "PageSize", Kind: Integer, Min: 1, Max: store.MaxLimit, Default: 50, Rule: "must be a whole number between 1 and 1000", Description: "How many records a page has.",
		set: integer(func(v *Values) *int { return &v.PageSize })},
	{Name: "Page", Kind: Integer, Min: 0, Max: math.MaxInt32, Rule: "must be a whole number between 0 and 2147483647", Description: "The page's number. This is for the client only: the PageToken says where a page starts.",
		set: integer(func(v *Values) *int { return &v.Page })},
	{Name: "PageToken", Kind: Token, Rule: "must be that of a page of this list", Description: "Where a page starts: part of a next_page_url or previous_page_url, good for the same list only.",
		set: func(_ *Param, v *Values, value string) bool { v.PageToken = value; return true }},
}

var groups = [][]Param{Filters, Order, Format, Review, Interval, Compare, Paging}

type setter = func(p *Param, v *Values, value string) bool

func text(field func(*store.Filter) *string) setter {
	return func(_ *Param, v *Values, value string) bool {
		*field(&v.Filter) = value
		return value != ""
	}
}

func score(field func(*store.Filter) **float64) setter {
	return func(_ *Param, v *Values, value string) bool {
		if n := jsontext.Value(value); n.Kind() != '0' || !n.IsValid() || strings.ContainsAny(value, " \t\r\n") { // a + is a space
			return false
		}
		f, err := wire.ParseScore(value)
		*field(&v.Filter) = &f
		return err == nil
	}
}

func boolean(field func(*store.Filter) **bool) setter {
	return func(_ *Param, v *Values, value string) bool {
		*field(&v.Filter) = new(value == "true")
		return value == "true" || value == "false"
	}
}

func pair(field func(*store.Filter) *store.Pair) setter {
	return func(_ *Param, v *Values, value string) bool {
		name, of, ok := strings.Cut(value, ":")
		*field(&v.Filter) = store.Pair{Name: name, Value: of}
		return ok && name != "" && of != ""
	}
}

func instant(field func(*store.Filter) *time.Time) setter {
	return func(_ *Param, v *Values, value string) bool {
		var t time.Time
		err := t.UnmarshalText([]byte(value)) // stricter than time.Parse
		if err != nil {
			t, err = time.Parse(time.DateOnly, value)
			if v.Location != nil {
				t = zone.Start(t, v.Location)
			}
		}
		*field(&v.Filter) = t
		year := t.UTC().Year() // what a Summary's series can show
		return err == nil && !t.IsZero() && year >= 1 && year <= 9999
	}
}

// location finds a zone, by a name that means the same everywhere: not the server's
// own, nor what the files of the database are called on some systems.
func location(_ *Param, v *Values, value string) bool {
	area, _, _ := strings.Cut(value, "/")
	if slices.Contains([]string{"Local", "localtime", "posixrules", "Factory", "posix", "right"}, area) {
		return false
	}
	l, err := time.LoadLocation(value)
	v.Location = l
	return err == nil
}

func choice(set func(v *Values, value string)) setter {
	return func(p *Param, v *Values, value string) bool {
		set(v, value)
		return slices.Contains(p.Choices, value)
	}
}

func integer(field func(*Values) *int) setter {
	return func(p *Param, v *Values, value string) bool {
		n, err := strconv.Atoi(value)
		*field(v) = n
		return err == nil && n >= p.Min && n <= p.Max && strconv.Itoa(n) == value
	}
}
