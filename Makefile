# Chatpass. `make` alone lists the targets.

GO            ?= go
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

# The version is what git says; a tree without git is "dev".
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?=
ROWS     ?= 200000
ROUNDS   ?= 3
DURATION ?= 2s
OUT      ?=

.DEFAULT_GOAL := help
MAKEFLAGS     += --no-print-directory
.PHONY: help build test e2e lint bench fuzz nightly setup clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The race detector for all but SQLite's own code, which is C put into Go and very slow with it; its callers are looked at all the same.
RACE = -race -gcflags=modernc.org/...=-race=false

build: ## one static binary, ./chatpass
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o chatpass .

setup: ## install the programs the tests drive (NO_INSTALL=1 only names them)
	@.ci/setup test

test: setup ## everything a commit has to pass, under ten minutes
	$(GO) vet ./...
	@if [ -f e2e/go.mod ]; then echo 'cd e2e && $(GO) vet ./...'; cd e2e && $(GO) vet ./...; fi
	$(GO) test -run '^TestImports' .
	REQUIRE_SERVICES=1 .ci/inmemory $(GO) test $(RACE) ./...
	@if [ -f e2e/go.mod ]; then echo 'cd e2e && $(GO) test ./...'; cd e2e && REQUIRE_SERVICES=1 ../.ci/inmemory $(GO) test ./...; fi

e2e: setup ## the browser alone: the demo, the loader, a real WordPress behind nginx
	cd e2e && REQUIRE_SERVICES=1 $(GO) test ./...

lint: ## formatting and static analysis (the first run builds the linters: minutes)
	@unformatted=$$($(GO) run $(GOFUMPT) -l .) || exit 1; \
		if [ -n "$$unformatted" ]; then echo "not formatted with gofumpt:"; echo "$$unformatted"; exit 1; fi
	$(GO) run $(GOLANGCI_LINT) run ./...
	@if [ -f e2e/go.mod ]; then echo 'cd e2e && golangci-lint run'; cd e2e && $(GO) run $(GOLANGCI_LINT) run --config ../.golangci.yml ./...; fi

bench: ## benchmarks against a hand-written floor and PHP (ROWS, ROUNDS, DURATION, OUT=docs/benchmarks.md)
	@.ci/setup bench
	$(GO) run ./bench -rows $(ROWS) -rounds $(ROUNDS) -duration $(DURATION) $(if $(OUT),-out $(OUT))

fuzz: ## every fuzz target for FUZZTIME (10s)
	.ci/fuzz $(or $(FUZZTIME),10s)

nightly: setup ## soaks, and every fuzz target for FUZZTIME (30s)
	CHATPASS_NIGHTLY=1 REQUIRE_SERVICES=1 $(GO) test $(RACE) -timeout 90m ./...
	.ci/fuzz $(or $(FUZZTIME),30s)

clean: ## remove what the targets above built
	rm -f chatpass
