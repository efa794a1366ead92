// Package bench measures Feedbacks beside what a team writes by hand in an
// afternoon, and beside itself without grouping, in one run on the same servers.
// Contenders take turns, so that what slows the machine down slows all of them. It
// is a module of its own, so that a program that uses the library does not inherit
// what is compared with.
//
//	go test -run Table -rounds 5 -v
package bench
