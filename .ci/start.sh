#!/usr/bin/env bash
# Builds everything and starts Parlour: start.sh ADDRESS:PORT FOLDER.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.ci/release.sh
. .ci/tools.sh
echo "▸ starting on http://${1/127.0.0.1/localhost} with the data in $2 (Ctrl-C stops it)"
exec "$CARGO_TARGET_DIR/release/parlour" serve --listen "$1" --data "$2"
