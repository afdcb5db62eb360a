#!/usr/bin/env bash
# Measures a release build on this machine: bench.sh [SECONDS], ten for each measurement if not said otherwise.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.ci/release.sh
. .ci/tools.sh
echo "▸ parlour-swarm, release build"
cargo build --release -p swarm
corpus=../shared/corpora/gitter.jsonl.gz
echo
grep -m 1 '^model name' /proc/cpuinfo 2>/dev/null || uname -m
echo "processors: $(getconf _NPROCESSORS_ONLN), $(uname -sr), $(git describe --always --dirty)"
echo
exec "$CARGO_TARGET_DIR/release/parlour-swarm" bench --parlour "$CARGO_TARGET_DIR/release/parlour" \
  --folder "$CARGO_TARGET_DIR" --corpus "$corpus" --seconds "${1:-10}"
