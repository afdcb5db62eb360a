#!/usr/bin/env bash
# Measures a release build on this machine: bench.sh [SECONDS], ten for each measurement if not said otherwise.
# BENCH=quick makes every part short. The server runs on processor 0 and the load on processor 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.ci/release.sh
. .ci/tools.sh
echo "▸ parlour-swarm, release build"
cargo build --release -p swarm
PARLOUR="$CARGO_TARGET_DIR/release/parlour"
SWARM="$CARGO_TARGET_DIR/release/parlour-swarm"
yardstick=../shared/bench
corpus=../shared/corpora/gitter.jsonl.gz corpus_to_import=../shared/corpora/gitter.jsonl.gz
# What the yardstick's own script uses, so that its programs are found where it builds them.
export CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/yardstick"
seconds=${1:-10} connections=1000 idle=10000 rooms=1000 idle_seconds=60 messages=300 flight_messages=3000 accounts=50
if [ "${BENCH:-}" = quick ]; then
  seconds=2 idle_seconds=5 rooms=10 messages=40 flight_messages=500 accounts=10
  corpus_to_import=
fi
work=$(mktemp -d "$CARGO_TARGET_DIR/bench-XXXXXX")
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

pin() { # PROCESSOR COMMAND…: on that processor, where there is a way to say so
  local processor=$1
  shift
  if has taskset; then taskset -c "$processor" "$@"; else "$@"; fi
}

start() { # [VARIABLE=VALUE …]: a server on a fresh folder; sets server, port
  rm -rf "$work/data"
  local on=()
  ! has taskset || on=(taskset -c 0)
  # A simple command and no function: its process must become the server, which is measured and ended by its id.
  env RUST_LOG=warn "$@" ${on[@]+"${on[@]}"} "$PARLOUR" serve --listen 127.0.0.1:0 --data "$work/data" --limits off \
    >"$work/said" 2>"$work/complaints" &
  server=$!
  port=
  for _ in $(seq 300); do
    port=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/said" | head -n 1 | grep -o '[0-9]*$' || true)
    [ -z "$port" ] || return 0
    sleep 0.1
  done
  stop "the server did not start: $(cat "$work/complaints")"
}

end() {
  kill "$server"
  wait "$server" 2>/dev/null || true
  server=
}

measure() { # NAME LOAD…: a line `LOAD|NAME|cpu per_s p99` into the figures
  local name=$1
  shift
  if [ "$name" = parlour ]; then
    start
    local room
    room=$(pin 1 "$SWARM" prepare --accounts "$accounts" --url "http://127.0.0.1:$port" --connects "$work/connects")
    pin 1 "$CACHE/target/release/load" "$port" "$server" "$@" "connect=@$work/connects" 'join=420["hello",{}]' \
      "send=420[\"messages.send\",{\"room\":\"$room\",\"cid\":\"$(printf '%04x%04x' $RANDOM $RANDOM)-0000-7000-8000-000000{n}\",\"text\":\"{body}\"}]" \
      'match=42["op"' >"$work/line" || echo "  fell short: $name $*"
    end
  else
    LOAD="$*" "$yardstick/run" "$name" >"$work/line" 2>"$work/complaints" || echo "  $name: $(tail -n 1 "$work/complaints")"
  fi
  sed "s/^/  $name: /" "$work/line"
  awk -v row="$*|$name" '
    function value(of,  i) { for (i = 1; i < NF; i++) if ($i == of) return $(i + 1) }
    /^deliveries/ { print row "|" value("server_cpu_us_per_delivery") "|" value("per_s") "|" value("p99") }
    ' "$work/line" >>"$work/figures"
}

table() { # the median of the rounds, and how often the limit that is (medians of the same run)
  echo "| load | server | CPU µs a delivery | of the limit | deliveries/s | of the limit | p99 ms | of the limit |"
  echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
  awk -F'|' '
    function median(list,  n, i, j, v, t) {
      n = split(list, v, " ")
      for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
      return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    { key = $1 "|" $2; if (!(key in seen)) { seen[key] = 1; order[++count] = key }
      for (f = 3; f <= 5; f++) all[key, f] = all[key, f] " " $f }
    function ratio(a, b) { return b > 0 ? sprintf("%.2f ×", a / b) : "–" }
    END { for (i = 1; i <= count; i++) {
      split(order[i], part, "|"); limit = part[1] "|limit"
      for (f = 3; f <= 5; f++) { m[f] = median(all[order[i], f]); l[f] = median(all[limit, f]) }
      printf "| %s | %s | %.2f | %s | %.0f | %s | %.2f | %s |\n", part[1], part[2], m[3], ratio(m[3], l[3]), m[4],
        ratio(m[4], l[4]), m[5] / 1000, ratio(m[5], l[5]) } }' "$work/figures"
}

compare() { # every server in turn, three rounds, for each load
  local load round name
  : >"$work/figures"
  for load in "messages=$messages rate=20" "messages=$messages rate=100" "messages=$flight_messages rate=0"; do
    echo "== $connections connections in one room, 100 bytes, $load"
    for round in 1 2 3; do
      for name in limit parlour socketioxide node flask; do
        # The peers stand far from the limit: once is enough when it is to be quick.
        [ "${BENCH:-}" = quick ] && [ "$round" -gt 1 ] && [[ $name =~ ^(socketioxide|node|flask)$ ]] && continue
        # shellcheck disable=SC2086
        measure "$name" "conns=$connections" $load
      done
    done
  done
}

failed=0
own() { # TITLE OPTIONS…: a fresh server under the swarm's own load; a row of what came of it
  local title=$1
  shift
  echo "== $title"
  start ${environment[@]+"${environment[@]}"}
  pin 1 "$SWARM" send --url "http://127.0.0.1:$port" --pid "$server" "$@" >"$work/own" || failed=1
  end
  cat "$work/own"
  awk -v title="$title" '
    /server CPU/ { share = $3; each = $8 } /until seen/ { p50 = $4; p99 = $8 } /memory each/ { memory = $3 }
    /delivered/ { delivered = $2 } /resyncs/ { gaps = $3 + 0; resyncs = $5 } /  lost/ { lost = $2; doubled = $NF }
    END { if (lost == "") title = title " (failed)"
      printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", title, delivered, each, share, p50 " / " p99, memory,
        gaps " / " resyncs, lost " / " doubled, "" }' "$work/own" | sed 's/ |  |$/ |/' >>"$work/rows"
}

echo
machine="$(grep -m 1 '^model name' /proc/cpuinfo 2>/dev/null || uname -m)"
echo "$machine, processors: $(getconf _NPROCESSORS_ONLN), $(uname -sr), $(git describe --always --dirty)"
echo "load of the machine: $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime)"
echo
environment=()
: >"$work/rows"
compared=no
if [ -x "$yardstick/run" ] && has taskset; then
  compare
  compared=yes
else
  echo "There is no $yardstick (or no taskset): Parlour alone, under its own load, without ratios."
  for rate in 20 100; do
    own "$connections connections in one room, $rate messages/s" --clients "$connections" --accounts "$accounts" --rate "$rate" --seconds "$seconds"
  done
  own "$connections connections in one room, 8 in flight" --clients "$connections" --accounts "$accounts" --publishers 8 --seconds "$seconds"
fi
texts=()
[ ! -f "$corpus" ] || texts=(--corpus "$corpus")
own "$rooms rooms of 10, 200 messages/s as the corpus spreads them" --clients $((rooms * 10)) --accounts $((rooms * 10)) \
  --rooms "$rooms" --rate 200 --seconds "$seconds" ${texts[@]+"${texts[@]}"}
own "one publisher, 100 readers, 10 % of them stalled" --clients 100 --accounts "$accounts" --publishers 1 --stalled 10 \
  --rate 200 --bytes 8000 --seconds $((seconds * 2))
own "200 readers by long polling, 20 messages/s" --clients 200 --accounts 20 --transport polling --rate 20 --seconds "$seconds"
ping=5
environment=("PARLOUR_SOCKET_PING_INTERVAL=$ping")
own "$idle idle connections, a ping every $ping s" --clients "$idle" --accounts "$accounts" --rate 0.001 --warm-up 5 --seconds "$idle_seconds"
environment=()

echo
"$SWARM" bench --parlour "$PARLOUR" --folder "$CARGO_TARGET_DIR" --seconds "$seconds" \
  ${corpus_to_import:+--corpus "$corpus_to_import"} || failed=1
echo
echo "### $machine, $(git describe --always --dirty); load at the end: $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime)"
echo
if [ "$compared" = yes ]; then
  table
  echo
fi
echo "| Parlour's own load | deliveries/s | CPU µs each | CPU % | p50 / p99 ms | KiB a connection | gaps / resyncs | lost / doubled |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
cat "$work/rows"
echo
awk -F'|' -v ping="$ping" '/idle connections/ {
  printf "Heartbeats of the idle connections at the default of a ping every 25 s, scaled: %.2f s of a processor a minute.\n",
    $5 / 100 * 60 * ping / 25 }' "$work/rows"
exit "$failed"
