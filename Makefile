# What there is to do here. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash -eu -o pipefail

# Each fuzz target runs for this long; its corpus runs with the tests anyway.
FUZZTIME ?= 2s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: ## run the program on http://127.0.0.1:8080
	go run .

.PHONY: test
test: check ## everything: what CI runs
	@$(MAKE) --no-print-directory -j2 --output-sync=target race waits
	@$(MAKE) --no-print-directory fuzz client demo e2e

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

# Tests of e2e whose servers are in the test itself, so that the race detector
# sees them; those that mostly wait, for a connection to be found dead or a stream to
# live for two minutes; all others.
RACED = TestBound|TestSeam|TestOrder|TestOwnWrite|TestNoSilence|TestPeerThatVanishes|TestLockHas|TestLockIs|TestRefused
WAITING = TestProxies|TestPeerWhoseMachine

.PHONY: race
race: ## all tests that need no built program, under the race detector
	go test -race -timeout 240s $$(go list ./... | grep -v -e /e2e$$ -e /bench)
	go test -timeout 120s ./bench/...
	go test -race -timeout 180s -run '$(RACED)' ./e2e

.PHONY: waits
waits: packages
	go test -count 1 -timeout 400s -run '$(WAITING)' ./e2e

# Not a part of test: it asks vuln.go.dev, or the mirror in GOVULNDB (https:// or
# file://), which not every machine reaches.
.PHONY: vulnerabilities
vulnerabilities: ## known vulnerabilities in what the program calls
	go tool govulncheck $(if $(GOVULNDB),-db $(GOVULNDB)) ./...

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME
	@for package in ./model ./auth ./routes ./room ./journal/jetstream; do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$package > /tmp/fuzz.$$$$ 2>&1 \
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

.PHONY: e2e
e2e: packages e2e/node_modules/.package-lock.json ## the built program with a browser, Postman, curl, and faults
	go test -count 1 -timeout 500s -skip '$(RACED)|$(WAITING)' -v ./e2e

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund

# What tests need besides Go and Node, by the names of Debian; elsewhere they are
# named in one line.
PACKAGES = chromium nginx caddy haproxy prometheus systemd
COMMANDS = chromium nginx caddy haproxy promtool systemd-analyze

.PHONY: packages
packages:
	@PATH=$$PATH:/usr/sbin:/sbin; missing=0; for command in $(COMMANDS); do command -v $$command > /dev/null || missing=1; done; \
	test $$missing = 0 || { command -v apt-get > /dev/null && \
		$$(test $$(id -u) = 0 || echo sudo) sh -c 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(PACKAGES) > /dev/null'; } \
		|| { echo "the tests need these commands on the PATH: $(COMMANDS)"; exit 1; }
