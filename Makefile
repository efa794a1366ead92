# make test does all the set-up: it finds or installs what the tests need.

MODULES := . store/otel internal/bench internal/e2e internal/faults
# How much of what make faults proves at length, and of random sequences, test-long has.
FAULTS_SCALE ?= 0.02
SEQUENCES ?= 2000
# By count, not by time: at its end Go's fuzzer may take its own deadline for a failure (golang/go#75804, until Go 1.27).
FUZZTIME ?= 20000x

# The race detector needs cgo and a C compiler.
RACE := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && command -v $$(go env CC) >/dev/null && echo -race)

# A test that finds no server to start fails instead of skipping.
export CI := true

.PHONY: test test-long unit suites-race e2e otel fuzz sequences versions bench-short promptfoo faults-short faults-reduced servers node chromium strace commands lint bench bench-large faults mutants screenshots

## test: every test of every module, but for what test-long has. The faults go alone, since their answers have deadlines; the
## others side by side, since they wait a lot
test: servers node chromium strace commands
	@$(MAKE) --no-print-directory faults-short
	@$(MAKE) --no-print-directory -j2 unit e2e otel

# begin says what is under way.
begin = @echo "$$(date +%T) make $@"

## test-long: what proves at length: PostgreSQL's oldest and newest version, fuzzing, random sequences, and faults in reduced counts
test-long: versions suites-race fuzz sequences promptfoo bench-short faults-reduced

ifeq ($(shell uname -sm),Linux x86_64)
versions: servers internal/testserver/postgresql/node_modules/.package-lock.json
	@cd internal/testserver/postgresql/node_modules && for v in oldest newest; do \
		(cd $$v && node scripts/hydrate-symlinks.js) && bin=$$PWD/$$v/native/bin && \
		echo "$$(date +%T) make $@: $$($$bin/postgres --version)" && \
		(cd $(CURDIR) && PATH=$$bin:$$PATH go test -count 1 -timeout 20m ./store/postgres) || exit 1; done
else
versions:
	@echo "make: there are binaries of PostgreSQL's other versions for Linux on x86_64 alone, testing the installed one"
endif

sequences: servers
	$(begin)
	@FEEDBACKS_SEQUENCES=$(SEQUENCES) go test -count 1 -timeout 20m -run Sequences ./store/...

bench-short: servers
	$(begin)
	@cd internal/bench && go test -timeout 5m ./...

faults-short: servers strace
	$(begin)
	@cd internal/faults && go test -count 1 -timeout 15m ./...

faults-reduced: servers strace
	$(begin)
	@cd internal/faults && FEEDBACKS_FAULTS=long FEEDBACKS_FAULTS_SCALE=$(FAULTS_SCALE) go test -count 1 -timeout 30m -run '^TestFaults$$' .

otel:
	$(begin)
	@cd store/otel && go test $(RACE) -shuffle=on ./...

# An exported dataset, run by promptfoo: a large download.
promptfoo: internal/e2e/promptfoo/node_modules/.package-lock.json
	$(begin)
	@cd internal/e2e && FEEDBACKS_LONG=1 go test -count 1 -timeout 10m ./promptfoo

# What makes one call after the other, on each store. The race detector makes it five times as slow, and shows more in the
# tests of callers at once: test-long has both.
SUITES := ^Test(Store|Sequences|HTTPOn|FailuresAreBrief|StrangersAreKeptOut)
suites = nice go test -vet=off -shuffle=on -timeout 20m -run '$(SUITES)' ./store/... ./handler ./internal/httptests ./internal/proptest

unit: servers
	$(begin)
	@[ -n "$(RACE)" ] || echo "make: no C compiler found, testing without the race detector"
	@$(suites)
	@nice go test $(RACE) -shuffle=on -timeout 20m -skip '$(SUITES)' ./...

suites-race: servers
	$(begin)
	@FEEDBACKS_LONG=1 $(suites) $(RACE)

## e2e: Twilio's libraries, web frameworks, the OpenAPI description, the docs and the pages in a browser (twilio-go takes minutes to build with the race detector)
e2e: servers node chromium commands
	$(begin)
	@cd internal/e2e && nice go test -shuffle=on -timeout 20m ./...
	@cd internal/e2e/generators && go generate . && go vet -tags generated . && go test -tags generated . && cd node && node --test

## fuzz: FUZZTIME for each fuzz target
fuzz:
	$(begin)
	@grep -o '^func Fuzz[A-Za-z]*' -r --include='*_test.go' handler store | while IFS=: read -r file target; do \
		echo "go test -fuzz $${target#func } ./$${file%/*}"; \
		go test -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(FUZZTIME) ./$${file%/*} || exit 1; done

# PostgreSQL, PgBouncer and Redis, from Debian's packages if need be.
servers:
	@internal/testserver/install.sh

# Twilio's library for Node.js, and what checks pages for accessibility.
node: $(addsuffix /node_modules/.package-lock.json,internal/e2e/clients/node internal/e2e/generators/node internal/e2e/browser)

%/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || $(call install,nodejs npm)
	cd $* && npm ci --no-audit --no-fund
	@touch $@

internal/e2e/promptfoo/node_modules/.package-lock.json: internal/e2e/promptfoo/package.json
	@command -v npm >/dev/null || $(call install,nodejs npm)
	cd internal/e2e/promptfoo && npm install --no-audit --no-fund
	@touch $@

# The browser that the pages are tested in.
chromium:
	@command -v chromium >/dev/null || $(call install,chromium)

# What records a process whose power is then cut.
strace:
	@command -v strace >/dev/null || $(call install,strace)

# What the docs' commands take.
commands:
	@command -v curl >/dev/null && command -v jq >/dev/null || $(call install,curl jq)

# install installs Debian packages where it may.
install = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing for the tests: $(1)" && \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(1) >/dev/null; } || \
	{ echo "install these for the tests: $(1)" >&2; exit 1; }

## lint: formatting, vet, staticcheck, tidy modules, and what must not be imported
lint:
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "gofmt these: $$files"; exit 1; }
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && go mod tidy -diff && go vet ./... && \
		go tool -modfile=$(CURDIR)/internal/tools/go.mod staticcheck ./...) || exit 1; done
	@! go list -deps ./handler ./store/memory | grep -E 'redis|pgx|sqlite' || { echo "handler and store/memory must not import a database"; exit 1; }

## screenshots: the README's pictures
screenshots: node chromium
	cd internal/e2e && FEEDBACKS_SCREENSHOTS=$(CURDIR)/example/screenshots go test -count 1 -run Screenshots ./simulator

## faults: crashes, bad networks and strangers, at length: all of them, or PART=crash STORE=redis
faults: servers strace
	cd internal/faults && FEEDBACKS_FAULTS=long go test -v -count 1 -timeout 5h \
		-run '^TestFaults$$/^$(or $(PART),.*)$$/^$(or $(STORE),.*)$$' .

## mutants: plants bugs, and sees each caught by the test that its patch names
mutants: servers chromium
	internal/mutants/run.sh

## bench: ours beside the alternatives, as a table
bench: servers
	cd internal/bench && go test -run Table -timeout 30m -rounds 5 -only '$(ONLY)' .

## bench-large: the same, stores of up to ten million records beside small ones (needs 20 GB of disk), and a snapshot that is held for ten minutes
bench-large: servers
	cd internal/bench && go test -run Table -timeout 90m -rounds 5 -large -only '$(ONLY)' .
