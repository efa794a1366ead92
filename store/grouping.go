package store

// A Grouping is what a store that writes in groups tells its Options.Observe: writes
// went out together, or the number of those that wait has changed. Added up, the
// changes of all are how many wait.
type Grouping struct {
	// Sent is how many writes have just gone out together: 1 is a caller who met no
	// other. 0 when none has.
	Sent int
	// Waiting is how many more writes wait now, or how many fewer.
	Waiting int
}
