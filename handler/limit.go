package handler

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// An Operation is what a request is about to do.
type Operation string

// The operations that Options.Limit is asked about, the first three of which Options.Prepare is too.
const (
	OpCreate     Operation = "create"     // POST …/Feedbacks
	OpImport     Operation = "import"     // the same with a file
	OpVote       Operation = "vote"       // PUT …/Feedback, of a message or session
	OpDelete     Operation = "delete"     // DELETE of a record, or of a vote
	OpReview     Operation = "review"     // PUT and DELETE …/Feedbacks/{id}/Review
	OpErase      Operation = "erase"      // DELETE …/Feedbacks, of an assistant or of a person
	OpIssueToken Operation = "issueToken" // POST …/FeedbackTokens
	OpListVotes  Operation = "listVotes"  // GET …/Sessions/{session_id}/Feedbacks
	OpSummarize  Operation = "summarize"  // GET …/Feedbacks/Summary
)

// limit returns nil, or the 429 of a host that lets the caller wait.
func (c *call) limit(op Operation) error {
	if op == "" || c.opts.Limit == nil {
		return nil
	}
	if op == OpCreate && c.isImport() {
		op = OpImport
	}
	wait := c.opts.Limit(c.r, op, c.principal)
	if wait <= 0 {
		return nil
	}
	seconds := strconv.FormatInt(int64((wait-1)/time.Second)+1, 10) // rounded up
	c.w.Header().Set("Retry-After", seconds)
	return &apiError{http.StatusTooManyRequests, 20429, fmt.Sprintf("too many requests: retry after %s seconds", seconds)}
}
