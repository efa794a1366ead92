// Package faults proves Feedbacks under faults: what was acknowledged is there,
// once, as it was last written; nobody gets in where they do not belong; every
// request ends in time; the service heals by itself.
//
//	go test ./...                          a short form of everything, in minutes
//	make faults PART=crash STORE=postgres  the long form of one part on one store
//
// Both print a row for each part and store. The long form keeps its rows in
// results.json and RESULTS.md, where each replaces its predecessor, so that it
// may be run part by part. FEEDBACKS_FAULTS_SCALE=0.05 makes it shorter, and
// keeps no rows.
//
// It is a module of its own, so that a program that uses the library does not
// inherit what tests it. The servers are those of internal/testserver.
package faults
