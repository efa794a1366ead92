// Package carried is the one codec for what a record carries besides what is
// indexed or counted: a store keeps it as one value, so that another carried
// field takes no SQL, no Lua and no migration.
//
// A record carries its giver's value, which Put replaces with the record, and its
// staff's, which has a life of its own.
package carried

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/humanfeedback/feedbacks/store"
)

// Version is that of the newest values that this package understands.
const Version = 1

// A giver is a giver's value, as a JSON object. Add a field here, in Giver and in
// Decode; one that came after v0.1.0 also raises Version, and the version of the
// values that have it, so that what knows it not leaves them alone.
type giver struct {
	Version    int               `json:"v,omitzero"` // 1 when absent
	Metadata   map[string]string `json:"metadata,omitempty"`
	Correction string            `json:"correction,omitempty"`
	Stamped    *stamped          `json:"stamped,omitempty"`
}

// stamped is a store.Stamped.
type stamped struct {
	Tags     []string `json:"tags,omitempty"`
	Metadata []string `json:"metadata,omitempty"`
}

// staff is a staff's value, as a JSON object. Add a field here, in Staff and in
// DecodeStaff, as with giver.
type staff struct {
	Version int     `json:"v,omitzero"` // 1 when absent
	Review  *review `json:"review,omitempty"`
}

// review is a store.Review.
type review struct {
	Verdict store.Verdict `json:"verdict"`
	Note    string        `json:"note,omitempty"`
	Actor   string        `json:"actor,omitempty"`
	At      time.Time     `json:"at"`
}

// Names returns the names that a giver's value may have: one with another name is a
// newer version's. StaffNames returns those of a staff's value.
func Names() []string      { return namesOf[giver]() }
func StaffNames() []string { return namesOf[staff]() }

func namesOf[value any]() (names []string) {
	for t, i := reflect.TypeFor[value](), 0; i < t.NumField(); i++ {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// Giver returns the giver's value of a record, "" when it carries nothing, and the
// least Version that understands it.
func Giver(f *store.Feedback) (value string, version int) {
	if len(f.Metadata) == 0 && f.Correction == "" && f.Stamped.IsZero() {
		return "", 1
	}
	g := giver{Metadata: f.Metadata, Correction: f.Correction}
	if !f.Stamped.IsZero() {
		g.Stamped = (*stamped)(&f.Stamped)
	}
	return encode(&g), 1
}

// Staff is Giver for the staff's value.
func Staff(f *store.Feedback) (value string, version int) {
	if f.Review == nil {
		return "", 1
	}
	return encode(&staff{Review: (*review)(f.Review)}), 1
}

func encode(value any) string {
	b, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		panic("carried: " + err.Error()) // a checked record is valid UTF-8
	}
	return string(b)
}

// Size is about how many bytes the values take.
func Size(f *store.Feedback) int {
	n := len(f.Correction)
	if f.Review != nil {
		n += len(f.Review.Note) + len(f.Review.Actor) + 50
	}
	for name, value := range f.Metadata {
		n += len(name) + len(value)
	}
	for _, names := range [...][]string{f.Stamped.Tags, f.Stamped.Metadata} {
		for _, name := range names {
			n += len(name)
		}
	}
	return n
}

// Decode sets what f carries of its giver's to a value of Giver. The error is
// [store.ErrNewerVersion], wrapped, when the value holds what this package does
// not know.
func Decode[T ~string | ~[]byte](value T, f *store.Feedback) error {
	f.Metadata, f.Correction, f.Stamped = nil, "", store.Stamped{}
	if len(value) == 0 {
		return nil
	}
	var g giver
	if err := decode(value, &g, &g.Version); err != nil {
		return err
	}
	f.Metadata, f.Correction = g.Metadata, g.Correction
	if g.Stamped != nil {
		f.Stamped = store.Stamped(*g.Stamped)
	}
	return nil
}

// DecodeStaff is Decode for a value of Staff.
func DecodeStaff[T ~string | ~[]byte](value T, f *store.Feedback) error {
	f.Review = nil
	if len(value) == 0 {
		return nil
	}
	var s staff
	if err := decode(value, &s, &s.Version); err != nil {
		return err
	}
	if s.Review != nil {
		f.Review = (*store.Review)(s.Review)
		f.Review.At = f.Review.At.UTC()
	}
	return nil
}

// decode reads a value, whose version it finds in it.
func decode[T ~string | ~[]byte](value T, into any, version *int) error {
	err := json.Unmarshal([]byte(value), into, json.RejectUnknownMembers(true))
	switch {
	case *version > Version:
		return fmt.Errorf("carried: %w: version %d", store.ErrNewerVersion, *version)
	case errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("carried: %w: %w", store.ErrNewerVersion, err)
	case err != nil:
		return fmt.Errorf("carried: corrupt value: %w", err)
	}
	return nil
}
