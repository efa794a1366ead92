package transfer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
)

// A Line is where a file may hold a record.
type Line struct {
	Number int // from 1
	Text   []byte
	Err    error // what is wrong with it, if it could not be read as a line
}

// Lines returns the lines of r that are not blank, after a byte order mark if there
// is one. Those of more than most bytes are not held in memory, and come with an
// Err. An error of r's comes last.
func Lines(r io.Reader, most int64) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		SkipMark(in)
		for n := 1; ; n++ {
			text, long, err := readLine(in, most)
			if err != nil && err != io.EOF { // the line is a part of one
				yield(Line{}, err)
				return
			}
			text = bytes.TrimSpace(text)
			switch {
			case long:
				if !yield(Line{Number: n, Err: fmt.Errorf("the line must be at most %d bytes", most)}, nil) {
					return
				}
			case len(text) > 0:
				if !yield(Line{Number: n, Text: text}, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
		}
	}
}

// SkipMark skips a byte order mark that a file starts with: many editors write one.
func SkipMark(in *bufio.Reader) {
	if start, _ := in.Peek(len(mark)); string(start) == mark { // an error comes again
		in.Discard(len(mark))
	}
}

// readLine returns the next line, of its own memory, unless it is too long.
func readLine(in *bufio.Reader, most int64) (text []byte, long bool, err error) {
	for {
		var piece []byte
		piece, err = in.ReadSlice('\n')
		if long = long || int64(len(text)+len(bytes.TrimRight(piece, "\r\n"))) > most; long {
			text = nil
		} else {
			text = append(text, piece...)
		}
		if err != bufio.ErrBufferFull {
			return text, long, err
		}
	}
}
