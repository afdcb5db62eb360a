#!/usr/bin/env bash
# Installs what the tests need and runs them all, or the groups that are named: npm, deny, web, rust, e2e.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .ci/tools.sh
. .ci/companions.sh
. .ci/steps.sh
trap 'companions_stop; steps_summary' EXIT

export PARLOUR_BIN="${PARLOUR_BIN:-$CARGO_TARGET_DIR/debug/parlour}"
export PARLOUR_PYTHON="$PYTHON_FOLDER/bin/python"
export CARGO_TERM_COLOR=never NO_COLOR=1

wanted="${*:-all}"
wants() {
  [ "$wanted" = all ] && return 0
  local group
  for group in "$@"; do
    case " $wanted " in *" $group "*) return 0 ;; esac
  done
  return 1
}

npm_all() {
  npm_install web
  local lock
  for lock in crates/tests/clients/*/package-lock.json; do
    npm_install "$(dirname "$lock")"
  done
}

web_npm() { (cd web && npm run --silent "$@"); }

need_builders
wants npm web rust e2e && step "npm packages" npm_all
wants rust && step "rustfmt and clippy" need_rust_components
wants rust && step "cargo-nextest" cargo_tool cargo-nextest cargo-nextest "$NEXTEST_VERSION"
wants deny && step "cargo-deny" cargo_tool cargo-deny cargo-deny "$DENY_VERSION"
wants rust && step "Python clients" need_python
wants rust && step "PostgreSQL and NATS" need_companions
wants rust && step "Caddy and nginx" need_proxies
wants e2e && step "Chromium" need_chromium

if wants rust; then
  step "format" cargo fmt --all --check
  step "tidy" cargo run -p xtask -- tidy
fi
# Advisories are left out: they need a database from the network, and fail without a change of ours.
wants deny && step "deny: bans, licences, sources" cargo deny check bans licenses sources
if wants web; then
  step "web: types and texts (svelte-check)" web_npm check
  step "web: lint" web_npm lint
  step "web: unit tests" web_npm test
fi
wants web e2e rust && step "web: build" web_npm build
if wants rust; then
  step "clippy" cargo clippy --workspace --all-targets -- -D warnings
fi
wants rust e2e && step "build parlour (debug)" cargo build -p server
wants rust && step "build the conformance server (debug)" cargo build -p socketio --example conformance
if wants rust; then
  step "contract is what the program says" cargo run -p xtask -- contract --check
  # In this shell and in no step's: both run until this ends.
  companions_start || stop "PostgreSQL or NATS did not start."
  step "Rust tests and conversations" cargo nextest run --profile whole --workspace --no-fail-fast
  step "a small load (parlour-swarm)" cargo run -p swarm -- bench --parlour "$PARLOUR_BIN" --folder "$CARGO_TARGET_DIR" --seconds 1 --rubbish 2000
  step "documentation tests" cargo test --doc -p socketio -p hub -p store
fi
if wants e2e; then
  CHROMIUM=$(chromium_path)
  export CHROMIUM
  step "browser tests" web_npm e2e
fi
