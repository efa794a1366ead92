// Package generators makes clients from the API's description with the generators
// that people use, compiles them, and makes a call with each. They have a module of
// their own, since each brings dozens of others. make e2e runs them.
package generators

//go:generate go tool oapi-codegen -generate types,client -package oapi -o oapi/client.go ../../../handler/openapi.json
//go:generate go tool ogen -loglevel error -target ogen -package ogen -clean ../../../handler/openapi.json
