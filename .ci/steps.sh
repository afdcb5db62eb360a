# Runs named steps: says which and how long, shows signs of life, stops at the first that fails, and says last how that ended.
# shellcheck shell=bash

if [ "${BASH_VERSINFO[0]}" -lt 5 ]; then
  echo "bash $BASH_VERSION is too old to run the tests: install bash 5 (on macOS with \`brew install bash\`) and put it first in PATH." >&2
  exit 1
fi

STEP_NAMES=()
STEP_TIMES=()
STEP_RESULTS=()
STEP_LOGS=$(mktemp -d)
STEP_FAILED=''
# Lines of tests that passed only when they were tried again, and of why the first try failed.
STEP_UNSTEADY=()
STEPS_STARTED=$EPOCHREALTIME

# since MOMENT: leaves the seconds since then in SINCE, with one decimal.
since() {
  local now=$EPOCHREALTIME
  local tenths=$(((${now/[.,]/} - ${1/[.,]/}) / 100000))
  printf -v SINCE '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# alive LOG: every 20 s the last line of a log, for as long as LOG.alive is there.
alive() {
  local seconds=0 line
  while sleep 1 >/dev/null 2>&1 && [ -e "$1.alive" ]; do
    seconds=$((seconds + 1))
    [ $((seconds % 20)) -eq 0 ] || continue
    line=$(tr '\r' '\n' <"$1" | { grep -v '^[[:space:]]*$' || true; } | tail -n 1 | cut -c 1-140)
    printf '   %4d s  %s\n' "$seconds" "${line:-(nothing said yet)}"
  done
}

# unsteady LOG: each such test once, with the next lines of what was wrong.
unsteady() {
  awk '/^ *FLAKY / || /^FAIL .*[^)]$/ { if (!seen[$0]++) { print; rest = 5 } next }
    rest > 0 && /^      / { print; rest--; next }
    { rest = 0 }' "$1"
}

# step NAME COMMAND…: a function of the calling script, or a program.
step() {
  local name=$1 begun=$EPOCHREALTIME status=0 log
  shift
  log="$STEP_LOGS/${#STEP_NAMES[@]}.log"
  printf '▸ %s\n' "$name"
  : >"$log"
  : >"$log.alive"
  alive "$log" &
  set +e
  (set -e; "$@") </dev/null >"$log" 2>&1
  status=$?
  set -e
  rm -f "$log.alive"
  STEP_NAMES+=("$name")
  since "$begun"
  STEP_TIMES+=("$SINCE")
  mapfile -t -O "${#STEP_UNSTEADY[@]}" STEP_UNSTEADY < <(unsteady "$log")
  if [ "$status" -eq 0 ]; then
    STEP_RESULTS+=("ok")
    printf '  ok, %s s\n' "${STEP_TIMES[-1]}"
    return 0
  fi
  STEP_RESULTS+=("FAILED ($status)")
  STEP_FAILED=$log
  exit "$status"
}

steps_summary() {
  local at
  printf '\n%-44s %9s  %s\n' step seconds result
  for at in "${!STEP_NAMES[@]}"; do
    printf '%-44s %9s  %s\n' "${STEP_NAMES[$at]}" "${STEP_TIMES[$at]}" "${STEP_RESULTS[$at]}"
  done
  since "$STEPS_STARTED"
  printf '%-44s %9s\n' all "$SINCE"
  [ "${#STEP_UNSTEADY[@]}" -eq 0 ] || printf '\nNot at the first try:\n%s\n' "$(printf '%s\n' "${STEP_UNSTEADY[@]}")"
  # Last, because a report that keeps only the last lines is to have what failed.
  if [ -n "$STEP_FAILED" ]; then
    printf '\n── the end of what "%s" said ──\n' "${STEP_NAMES[-1]}"
    tail -n 80 "$STEP_FAILED"
  fi
  rm -rf "$STEP_LOGS"
}
trap steps_summary EXIT
