# make test needs nothing but Go: it is all the set-up there is.

MODULES := . internal/bench

# The race detector needs cgo and a C compiler.
RACE := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && command -v $$(go env CC) >/dev/null && echo -race)

.PHONY: test lint bench

## test: every test of every module
test:
	@[ -n "$(RACE)" ] || echo "make: no C compiler found, testing without the race detector"
	go test $(RACE) -shuffle=on -timeout 10m ./...
	cd internal/bench && go test -timeout 5m -bench . -benchtime 1x ./...

## lint: formatting, vet, staticcheck, tidy modules, and what must not be imported
lint:
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "gofmt these: $$files"; exit 1; }
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && go mod tidy -diff && go vet ./... && \
		go tool -modfile=$(CURDIR)/internal/tools/go.mod staticcheck ./...) || exit 1; done
	@! go list -deps ./handler ./store/memory | grep -E 'redis|pgx' || { echo "handler and store/memory must not import a database"; exit 1; }

## bench: ours beside the alternatives
bench:
	cd internal/bench && go test -run xxx -bench . -benchmem -count 5 ./...
	go test -run xxx -bench . -benchmem ./store/memory
