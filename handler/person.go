package handler

import (
	"github.com/humanfeedback/feedbacks/internal/params"
	"github.com/humanfeedback/feedbacks/internal/person"
)

// person answers GET /v1/Feedbacks: all that one person gave to any of the account's
// assistants, as the array of a list or as a file.
func (c *call) person() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, g, err := c.params(params.Person, params.File)
	if err != nil {
		return err
	}
	format, err := c.exportFormat(v, g)
	if err != nil {
		return err
	}
	user := v.Filter.UserID
	records := person.Records(c.r.Context(), c.store, c.scope.Account, user)
	if format != nil {
		return c.export(format, "user-"+user, records)
	}
	return c.stream(records)
}

// erasePerson answers DELETE /v1/Feedbacks: it deletes all of the same. What fails
// part way can be repeated.
func (c *call) erasePerson() error {
	if err := c.fullAccess(); err != nil {
		return err
	}
	v, _, err := c.params(params.Person)
	if err != nil {
		return err
	}
	n, err := person.Erase(c.r.Context(), c.store, c.scope.Account, v.Filter.UserID)
	return c.erased(v.Filter, n, err)
}
