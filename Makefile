# What there is to do here. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash -eu -o pipefail

# Where the browser of the tests is.
export CHROMIUM ?= $(shell command -v chromium)

# Each fuzz target runs for this long; its corpus runs with the tests anyway.
FUZZTIME ?= 2s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: run
run: ## run the program on http://127.0.0.1:8080
	go run .

# e2e waits for nearly two and a half minutes, and nearly all else works meanwhile; then
# comes, with nothing beside it, what would feel that.
.PHONY: test
test: check ## everything: what CI runs
	@$(MAKE) --no-print-directory -j2 --output-sync=target e2e beside
	@$(MAKE) --no-print-directory alone

# One after the other; two at once when e2e is over. What only computes is nice to the
# others, and comes while e2e works the most: who waits for answers needs its share of the
# processors to get them in time.
.PHONY: beside
beside:
	@$(MAKE) --no-print-directory fuzz race browser bench client demo

.PHONY: quick
quick: ## the tests of every day: no race detector, no browser
	go test -short -timeout 80s $$(go list ./... | grep -v -e /e2e$$ -e /bench/soak$$)

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
race: ## all tests that need no built program, under the race detector
	go test -race -timeout 400s $$(go list ./... | grep -v -e /e2e$$ -e /bench)

# Never from the cache: they build the program by themselves, which Go does not know.
.PHONY: bench
bench: ## the benchmark in tiny, and some seconds of coming and going
	nice go test -count 1 -timeout 400s ./bench/...

# Tests of e2e that are no part of the target e2e: those whose servers are in the test
# itself, so that the race detector sees them; those that look at times and at memory,
# and a storm, which on a busy machine is another one than that of its seed; those with a
# browser.
RACED = TestBound|TestSeam|TestOrder|TestOwnWrite|TestNoSilence|TestPeerThatVanishes|TestLockHas|TestLockIs|TestRefused
ALONE = TestAbuse|TestAlone|TestClusterInAStorm
BROWSER = TestBrowser

# All others, since those that are new mostly wait as well: for streams that live two
# minutes, for elections, for peers that are silent.
.PHONY: e2e
e2e: packages e2e/node_modules/.package-lock.json ## the built program with proxies, NATS servers, Postman, curl, and faults
	go test -count 1 -timeout 400s -skip '$(RACED)|$(ALONE)|$(BROWSER)' -v ./e2e

.PHONY: browser
browser: packages e2e/node_modules/.package-lock.json ## the built program with a browser
	go test -count 1 -timeout 400s -run '$(BROWSER)' -v ./e2e

.PHONY: alone
alone: ## races, attacks, slow readers, a storm: with nothing else beside them
	go test -race -timeout 400s -run '$(RACED)' ./e2e
	go test -count 1 -timeout 400s -run '$(ALONE)' -v ./e2e

# Not a part of test: it asks vuln.go.dev, or the mirror in GOVULNDB (https:// or
# file://), which not every machine reaches.
.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities in what the program calls
	go tool govulncheck $(if $(GOVULNDB),-db $(GOVULNDB)) ./...

# Go 1.26 calls the end of the time a failure now and then, without an input that fails:
# go.dev/issue/75804.
.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@for package in ./model ./auth ./routes ./room ./journal/jetstream; do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			nice go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$package > /tmp/fuzz.$$$$ 2>&1 \
				|| { grep -qx ' *context deadline exceeded' /tmp/fuzz.$$$$ && ! grep -q 'Failing input' /tmp/fuzz.$$$$; } \
				|| { cat /tmp/fuzz.$$$$; exit 1; }; \
			rm /tmp/fuzz.$$$$; \
		done; \
	done

.PHONY: client
client: packages client/node_modules/.package-lock.json ## the TypeScript client: types, sizes, tests, the package
	cd client && npm test

.PHONY: demo
demo: demo/node_modules/.package-lock.json client/node_modules/.package-lock.json ## the demo: types, and that what was built is fresh
	cd demo && npm run check && npm run fresh

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund

# What tests need besides Go and Node, by the names of Debian; elsewhere they are
# named in one line.
PACKAGES = chromium nginx caddy haproxy prometheus systemd curl iproute2
COMMANDS = chromium nginx caddy haproxy promtool systemd-analyze curl ip

.PHONY: packages
packages:
	@PATH=$$PATH:/usr/sbin:/sbin; missing=0; for command in $(COMMANDS); do command -v $$command > /dev/null || missing=1; done; \
	test $$missing = 0 || { command -v apt-get > /dev/null && \
		$$(test $$(id -u) = 0 || echo sudo) sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(PACKAGES) > /dev/null'; } \
		|| { echo "the tests need these commands on the PATH: $(COMMANDS)"; exit 1; }
