package handler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/humanfeedback/feedbacks/internal/answer"
	"github.com/humanfeedback/feedbacks/internal/quote"
	"github.com/humanfeedback/feedbacks/internal/transfer"
	"github.com/humanfeedback/feedbacks/store"
)

// An importAnswer says what became of an import.
type importAnswer struct {
	Created  int64                `json:"created"`
	Repeated int64                `json:"repeated"`
	Failed   int64                `json:"failed"`
	Errors   []transfer.LineError `json:"errors"`
}

// isImport reports whether a POST brings a file.
func (c *call) isImport() bool { return isType(c.r.Header.Get("Content-Type"), "application/x-ndjson") }

// importFile answers POST …/Feedbacks with a file of records, one a line: an
// export, or what Twilio's lists returned. It may be of any length, and be sent
// again. OnChange is not told.
func (c *call) importFile() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	if _, _, err := c.params(); err != nil {
		return err
	}
	sent, err := c.sent()
	if err != nil {
		return err
	}
	im := transfer.Importer{Store: c.store, Parse: c.parseLine}
	if c.opts.Prepare != nil {
		im.Prepare = func(ctx context.Context, f store.Feedback) (store.Feedback, error) {
			return c.prepare(ctx, OpImport, f)
		}
	}
	r, err := im.Import(c.r.Context(), transfer.Lines(patientReader{c, sent}, c.opts.MaxBody))
	switch {
	case errors.Is(err, transfer.ErrRead):
		return badRequest("the body could not be read whole")
	case err != nil:
		return fmt.Errorf("an import broke off after %d records: %w", r.Created+r.Repeated, err)
	}
	b, err := json.Marshal(importAnswer(r))
	if err != nil {
		return err
	}
	answer.Extend(c.w)
	c.write(http.StatusOK, jsonType, b)
	return nil
}

// parseLine returns the record of a line, which must be the caller's.
func (c *call) parseLine(line []byte) (store.Feedback, error) {
	f, err := transfer.Parse(line)
	if err != nil {
		return f, err
	}
	if s := f.Scope; s.Account != "" && s.Account != c.scope.Account {
		return f, badParam("account_sid", "must be absent or your account, got %q", quote.Clip(s.Account))
	}
	if s := f.Scope; s.Assistant != "" && s.Assistant != c.scope.Assistant {
		return f, badParam("assistant_id", "must be absent or that of the path, %q, got %q", quote.Clip(c.scope.Assistant), quote.Clip(s.Assistant))
	}
	f.Scope = c.scope
	note := ""
	if f.Handled() {
		note = f.Review.Note
	}
	return f, c.fits(f.Text, f.Correction, note)
}

// A patientReader moves the read deadline on, whatever the server's ReadTimeout: a
// long body may take its time as long as it keeps coming.
type patientReader struct {
	*call
	body io.Reader
}

func (r patientReader) Read(b []byte) (int, error) {
	answer.ExtendRead(r.w)
	return r.body.Read(b)
}
