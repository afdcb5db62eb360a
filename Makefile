# Parlour's chores; `make` lists them.
SHELL := bash
.DEFAULT_GOAL := help

# Outside the checkout, so that every checkout shares it and a clean one does not build everything again.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/parlour
export CARGO_TARGET_DIR ?= $(CACHE)/target
export PARLOUR_TOOLS ?= $(CACHE)/tools

LISTEN ?= 127.0.0.1:8080
DATA ?= ./data

.PHONY: help run test companions release check bench e2e web tidy fmt deny contract clean

help:
	@echo "make TARGET, one of:"
	@sed -n 's/^\([a-z0-9]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  %-10s%s\n' "$$name" "$$what"; done
	@echo "Building goes to $(CARGO_TARGET_DIR) (CARGO_TARGET_DIR changes that)."

run: ## build everything and start on http://localhost:8080 with data in ./data (LISTEN=, DATA=)
	@.ci/start.sh "$(LISTEN)" "$(DATA)"

test: ## install what the tests need and run all of them
	@.ci/test.sh

companions: ## a PostgreSQL and a NATS to run tests by hand with, until interrupted; prints what to export
	@.ci/companions.sh

release: ## build the binary with the page in it
	@.ci/release.sh

check: ## the quick look while writing: compile everything, clippy, tidy
	@cargo clippy --workspace --all-targets -- -D warnings
	@cargo run --quiet -p xtask -- tidy

bench: ## measure a release build on this machine and print ratios
	@.ci/bench.sh

e2e: ## the browser tests alone, against a debug build
	@.ci/test.sh e2e

web: ## lint, check, test and build the web client
	@.ci/test.sh web

tidy: ## check the rules of the house
	@cargo run --quiet -p xtask -- tidy

fmt: ## format the Rust code
	@cargo fmt --all

deny: ## check what we depend on: bans, licences, sources
	@.ci/test.sh deny

contract: ## write the OpenAPI document and the TypeScript types that are made from the table of commands
	@.ci/test.sh npm
	@cargo run --quiet -p xtask -- contract

clean: ## delete what was built (not your data)
	@cargo clean
	@rm -rf web/dist web/node_modules crates/tests/clients/*/node_modules
