package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// The table of the long form, and the same for people to read.
const (
	resultsFile  = "results.json"
	markdownFile = "RESULTS.md"
)

func readResults() (rows []row, err error) {
	data, err := os.ReadFile(resultsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return rows, json.Unmarshal(data, &rows)
}

func writeResults(rows []row) error {
	data, err := json.MarshalIndent(rows, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(resultsFile, append(data, '\n'), 0o644); err != nil {
		return err
	}
	text := "# Feedbacks under faults\n\n" +
		"What the long form of internal/faults measured. `make faults` writes this file. Recovery is the longest.\n\n" +
		markdown(rows)
	return os.WriteFile(markdownFile, []byte(text), 0o644)
}

// markdown returns rows as a table.
func markdown(rows []row) string {
	var b strings.Builder
	b.WriteString("| part | store | attempted | acknowledged | lost | duplicated | unknown, landed | wrong | recovery | note | date | command |\n" +
		"|---|---|--:|--:|--:|--:|--:|--:|--:|---|---|---|\n")
	for _, r := range rows {
		recovery := "–"
		if r.Recovery > 0 {
			recovery = fmt.Sprintf("%.2f s", r.Recovery.Seconds())
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %d | %s | %s | %s | `make faults PART=%s STORE=%s` |\n", r.Part, r.Store,
			r.Attempted, r.Acknowledged, r.Lost, r.Duplicated, r.Landed, r.Wrong, recovery, r.Note, r.Date, r.Part, r.Store)
	}
	return b.String()
}

// seconds rounds a duration for a Note.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
