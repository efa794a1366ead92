package transfer

import (
	"strings"
	"unicode/utf8"

	"github.com/humanfeedback/feedbacks/internal/wire"
	"github.com/humanfeedback/feedbacks/store"
)

// CSV returns comma-separated values as in RFC 4180, with a header of the API's
// names after a byte order mark, without which spreadsheets take UTF-8 for another
// encoding. Tags are joined by ";", so tags with a semicolon, and cells that were
// defused, are exact only in NDJSON. Metadata, what is stamped and a review are JSON.
func CSV() Format {
	return Format{Name: "csv", ContentType: "text/csv; charset=utf-8; header=present", header: mark + header, append: appendRow}
}

// mark is the byte order mark in UTF-8.
const mark = "\uFEFF"

const header = "id,assistant_id,account_sid,session_id,message_id,user_id,score,text,tags,metadata,correction,stamped,review,vote,created_at,updated_at\r\n"

// appendRow appends a record as a line. Where the JSON form leaves a name out,
// the cell is empty, or false.
func appendRow(b []byte, f *store.Feedback) []byte {
	b = append(b, f.ID...)
	b = appendCell(append(b, ','), f.Scope.Assistant)
	b = append(b, ',')
	if wire.IsSID(f.Scope.Account, "AC") {
		b = append(b, f.Scope.Account...)
	}
	b = appendCell(append(b, ','), f.SessionID)
	b = appendCell(append(b, ','), f.MessageID)
	b = appendCell(append(b, ','), f.UserID)
	b = wire.AppendNumber(append(b, ','), f.Score)
	b = appendCell(append(b, ','), f.Text)
	b = appendCell(append(b, ','), strings.Join(f.Tags, ";"))
	b = append(b, ',')
	if len(f.Metadata) == 0 {
		b = append(b, "{}"...)
	} else {
		b = appendCell(b, string(wire.AppendMetadata(nil, f.Metadata)))
	}
	b = appendCell(append(b, ','), f.Correction)
	b = append(b, ',')
	if !f.Stamped.IsZero() {
		b = appendCell(b, string(wire.AppendStamped(nil, f.Stamped)))
	}
	b = append(b, ',')
	if f.Handled() {
		b = appendCell(b, string(wire.AppendReview(nil, f.Review)))
	}
	if f.IsVote() {
		b = append(b, ",true,"...)
	} else {
		b = append(b, ",false,"...)
	}
	b = wire.AppendMicros(b, f.CreatedAt())
	b = wire.AppendMicros(append(b, ','), f.UpdatedAt.UTC())
	return append(b, "\r\n"...)
}

// appendCell appends a cell that people filled in.
func appendCell(b []byte, s string) []byte {
	s = defused(s)
	if !strings.ContainsAny(s, "\",\r\n") {
		return append(b, s...)
	}
	b = append(b, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		b = append(append(b, s[:i+1]...), '"')
		s = s[i+1:]
	}
	return append(append(b, s...), '"')
}

// defused returns s as a cell that no spreadsheet takes for a formula and runs: an
// apostrophe in front makes it text (OWASP, CSV injection). Where the separator is
// a semicolon or a tab, one within a cell begins another, and so does a line break,
// whatever is in quotes: a formula that follows either gets its apostrophe too.
func defused(s string) string {
	var b []byte
	from := 0 // what is not in b yet
	if s != "" && strings.IndexByte("\t\r\n", s[0]) >= 0 {
		b = append(b, '\'')
	}
	for start := 0; ; {
		sign := start + len(s[start:]) - len(strings.TrimLeft(s[start:], "\"\t"))
		if isFormula(s[sign:]) {
			b = append(append(b, s[from:sign]...), '\'')
			from = sign
		}
		i := strings.IndexAny(s[sign:], ";\t\r\n")
		if i < 0 {
			break
		}
		start = sign + i + 1
	}
	if b == nil {
		return s
	}
	return string(append(b, s[from:]...))
}

// isFormula reports whether s starts with a sign that a formula starts with, which
// may be of full width.
func isFormula(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("=+-@＝＋－＠", r)
}
