# What there is to do here. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash -eu -o pipefail

# Each fuzz target runs for this long; its corpus runs with the tests anyway.
FUZZTIME ?= 3s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: ## run the program on http://127.0.0.1:8080
	go run .

.PHONY: test
test: check race fuzz e2e ## everything: what CI runs

.PHONY: quick
quick: ## the tests of every day: no race detector, no browser
	go test -short -timeout 80s $$(go list ./... | grep -v /e2e$$)

.PHONY: check
check: format vet fresh ## formatting, lint, generated files

.PHONY: format
format:
	@files=$$(gofmt -l . ); test -z "$$files" || { echo "not formatted (gofmt -w):" $$files; exit 1; }

.PHONY: vet
vet:
	go vet ./...
	go tool staticcheck ./...

.PHONY: generate
generate: ## make docs/ and openapi/openapi.json anew from the annotations
	go generate .

.PHONY: fresh
fresh: ## fail if the generated files are not what make generate makes
	@was=$$(mktemp -d); cp -r docs openapi "$$was"; go generate .; \
	diff -r docs "$$was/docs" && diff -r openapi "$$was/openapi" || { echo "generated files were not fresh: commit what make generate has made"; exit 1; }; \
	rm -r "$$was"

.PHONY: race
race: ## all tests but the browser's and Postman's, under the race detector
	go test -race -timeout 180s -skip 'TestBrowser|TestPostman|TestReadme(Curl|Flags)|TestAloneReadersThatStop' ./...

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@for package in ./model ./auth ./routes ./room; do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$package > /tmp/fuzz.$$$$ 2>&1 \
				|| { cat /tmp/fuzz.$$$$; exit 1; }; \
			rm /tmp/fuzz.$$$$; \
		done; \
	done

.PHONY: e2e
e2e: e2e/node_modules/.package-lock.json chromium ## the built program with a browser, Postman and curl
	go test -count 1 -timeout 400s -run 'TestBrowser|TestPostman|TestReadme(Curl|Flags)|TestAloneReadersThatStop' -v ./e2e

e2e/node_modules/.package-lock.json: e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund

# Debian's package; elsewhere it is named in one line.
.PHONY: chromium
chromium:
	@command -v chromium > /dev/null || { command -v apt-get > /dev/null && \
		$$(test $$(id -u) = 0 || echo sudo) sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium > /dev/null'; } \
		|| { echo "the browser tests need chromium on the PATH: install it"; exit 1; }
