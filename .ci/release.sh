#!/usr/bin/env bash
# Builds the web client, then the release binary with it inside, and says where that is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .ci/tools.sh

need_builders
echo "▸ web client (npm, vite)"
build_web
echo "▸ parlour, release build"
cargo build --release -p server --bin parlour
binary="$CARGO_TARGET_DIR/release/parlour"
echo "$binary ($(du -h "$binary" | cut -f 1))"
