// Package bench measures Feedbacks beside what a team writes by hand in an
// afternoon, in one run. It is a module of its own, so that a program that uses
// the library does not inherit what is compared with.
//
//	go test -bench . -benchmem
package bench
