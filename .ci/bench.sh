#!/usr/bin/env bash
# Measures a release build on this machine: bench.sh [SECONDS], ten for each measurement if not said otherwise.
#   BENCH=quick          makes every part short
#   PARTS="room idle"    chooses among: room idle stalled growth polling commits rubbish cluster (all, in this order, if nothing
#                        is said)
#   RATES="20 0"         chooses among the rates of the part room: 20 and 100 messages a second, 0 for 8 in flight
#   PARLOUR=FILE SWARM=FILE   measures these programs instead of building them
# The server runs on processor 0 and the load on processor 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .ci/tools.sh
. .ci/nodes.sh
if [ -z "${PARLOUR:-}" ] || [ -z "${SWARM:-}" ]; then
  .ci/release.sh
  echo "▸ parlour-swarm, release build"
  cargo build --release -p swarm
fi
PARLOUR=${PARLOUR:-$CARGO_TARGET_DIR/release/parlour}
SWARM=${SWARM:-$CARGO_TARGET_DIR/release/parlour-swarm}
RATES=${RATES:-20 100 0}
PARTS=${PARTS:-room idle stalled growth polling commits rubbish cluster}
yardstick=../shared/bench
corpus=../shared/corpora/gitter.jsonl.gz
# What the yardstick's own script uses, so that its programs are found where it builds them.
export CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/yardstick"
seconds=${1:-10} connections=1000 crowd=10000 rooms=1000 idle_seconds=25 rounds=3 slow=200 flight=3000 flight_peers=600
growth="100 1000 10000"
# Those in one room have several connections each: everybody who comes is told to everybody who looks, which is not
# what is measured here.
people=50
if [ "${BENCH:-}" = quick ]; then
  seconds=2 crowd=1000 rooms=100 idle_seconds=5 rounds=1 slow=40 flight=500 flight_peers=100 growth="100 1000"
fi
mkdir -p "$CARGO_TARGET_DIR"
work=$(mktemp -d "$CARGO_TARGET_DIR/bench-XXXXXX")
server='' pid='' port='' failed=0
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  nodes_database=
  nodes_end
  ! declare -f companions_stop >/dev/null || companions_stop
  rm -rf "$work"
}
trap finish EXIT
: >"$work/figures"
: >"$work/rows"
on() { # PROCESSOR COMMAND…: there, where there is a way to say so
  local processor=$1
  shift
  if has taskset; then taskset -c "$processor" "$@"; else "$@"; fi
}

end() {
  [ -n "$server" ] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}

# Parlour on a fresh folder with that many rooms of that many signed-in people; sets server, pid, port, room.
parlour() { # ROOMS MEMBERS
  rm -rf "$work/data"
  mkdir -p "$work/data"
  room=$("$SWARM" town --parlour "$PARLOUR" --data "$work/data" --rooms "$1" --members "$2" --town "$work/town" \
    --connects "$work/connects")
  local where=()
  ! has taskset || where=(taskset -c 0)
  # A simple command and no function: its process must become the server, which is measured and ended by its id.
  env RUST_LOG=warn ${where[@]+"${where[@]}"} "$PARLOUR" serve --listen 127.0.0.1:0 --data "$work/data" --limits off \
    >"$work/said" 2>"$work/complaints" &
  server=$! pid=$! port=
  for _ in $(seq 300); do
    port=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/said" | head -n 1 | grep -o '[0-9]*$' || true)
    [ -z "$port" ] || return 0
    sleep 0.1
  done
  stop "the server did not start: $(cat "$work/complaints")"
}

# One of those beside whom it is measured, as the yardstick starts it; sets server, pid, port.
peer() { # NAME
  port=$((20000 + RANDOM % 10000))
  case $1 in
    limit) taskset -c 0 "$CACHE/target/release/limit" "$port" & ;;
    socketioxide) taskset -c 0 "$CACHE/target/release/socketioxide-peer" "$port" & ;;
    node) NODE_PATH=$CACHE/node_modules taskset -c 0 node "$yardstick/peers/node.js" "$port" & ;;
    flask) taskset -c 0 "$CACHE/venv/bin/gunicorn" --chdir "$yardstick/peers" --worker-class eventlet --workers 1 \
      --worker-connections 20000 --bind "127.0.0.1:$port" --log-level error flask_server:app 2>/dev/null & ;;
  esac
  server=$! pid=$!
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
  done
  sleep 1
  [ "$1" != flask ] || pid=$(pgrep -P "$server" | head -n 1)
}

# --- one room, by the yardstick's own load -------------------------------------------------------------------------

measure() { # NAME LOAD…: a line `LOAD|NAME|CPU a delivery|deliveries a second|p99` into the figures
  local name=$1 of=()
  shift
  if [ "$name" = parlour ]; then
    parlour 1 "$people"
    local cid
    cid="$(printf '%04x%04x' $RANDOM $RANDOM)-0000-7000-8000-000000{n}"
    of=("connect=@$work/connects" "join=420[\"hello\",{\"g\":0,\"watch\":[\"$room\"]}]" 'match=42["op"'
      "send=420[\"messages.send\",{\"room\":\"$room\",\"cid\":\"$cid\",\"text\":\"{body}\"}]")
  else
    peer "$name"
  fi
  on 1 "$CACHE/target/release/load" "$port" "$pid" "$@" ${of[@]+"${of[@]}"} >"$work/line" || echo "  fell short: $name $*"
  end
  sed "s/^/  $name: /" "$work/line"
  # How many messages were sent is the measurement's affair: the row is the load.
  awk -v row="$(sed 's/messages=[0-9]* //' <<<"$*")|$name" '
    function value(of,  i) { for (i = 1; i < NF; i++) if ($i == of) return $(i + 1) }
    /^deliveries/ { print row "|" value("server_cpu_us_per_delivery") "|" value("per_s") "|" value("p99") }
    ' "$work/line" >>"$work/figures"
}

part_room() {
  local rate count peers name
  for rate in $RATES; do
    count=$slow peers=$slow
    [ "$rate" != 0 ] || count=$flight peers=$flight_peers
    echo "== $connections connections in one room, rate=$rate (0: 8 in flight)"
    for _ in $(seq "$rounds"); do
      for name in limit parlour; do measure "$name" "conns=$connections" "messages=$count" "rate=$rate"; done
    done
    # They stand far from the limit: once is enough.
    for name in socketioxide node flask; do measure "$name" "conns=$connections" "messages=$peers" "rate=$rate"; done
  done
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

# --- everything else, by the swarm ---------------------------------------------------------------------------------

row() { # LOAD SERVER: what was measured last, as a row
  cat "$work/own"
  awk -v row="$1 | $2" '
    function or(value) { return value == "" ? "–" : value }
    /memory each/ { memory = $3 } /^  idle / { idle = $2 } /until seen  / { p50 = $4; p99 = $8 }
    /until seen late/ { late = " (late: " $9 ")" } /server CPU/ { each = $8; message = $12 }
    /server memory/ { most = $NF } /delivered/ { delivered = $2 } /^  lost/ { lost = $2; doubled = / doubled / ? " / " $NF : "" }
    END { if (lost == "") row = row " (failed)"
      printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", row, or(memory), or(most), or(idle), or(delivered), or(each), or(message),
        or(p50) " / " or(p99) late, or(lost) doubled }' "$work/own" >>"$work/rows"
}

own() { # TITLE ROOMS MEMBERS OPTIONS…: Parlour with such a town under the swarm's load, in which nothing may be lost
  local title=$1
  echo "== $title: parlour"
  parlour "$2" "$3"
  shift 3
  on 1 "$SWARM" send --url "http://127.0.0.1:$port" --pid "$pid" --town "$work/town" --seconds "$seconds" "$@" >"$work/own" || failed=1
  end
  row "$title" parlour
}

other() { # TITLE NAME OPTIONS…: one of the others under a load as like as it can bear
  local title=$1 name=$2
  echo "== $title: $name"
  peer "$name"
  shift 2
  on 1 "$SWARM" crowd --authority "127.0.0.1:$port" --pid "$pid" --seconds "$seconds" "$@" >"$work/own" || echo "failed" >"$work/own"
  end
  row "$title" "$name"
}

part_idle() {
  local texts=() name
  [ ! -f "$corpus" ] || texts=(--corpus "$corpus")
  own "$crowd connections idle, then 200/s in $rooms rooms of $((crowd / rooms))" "$rooms" "$((crowd / rooms))" \
    --clients "$crowd" --idle "$idle_seconds" --rate 200 ${texts[@]+"${texts[@]}"}
  [ "$peers" = yes ] || return 0
  # They know one room: as many connections, of which as many as a room has are in it.
  for name in limit socketioxide node flask; do
    local clients=$crowd
    # It takes minutes to accept as many.
    [ "$name" != flask ] || clients=$((crowd / 10))
    other "$clients connections idle, then 200/s in one room of $((crowd / rooms))" "$name" --clients "$clients" \
      --joined "$((crowd / rooms))" --idle "$idle_seconds" --rate 200
  done
}

part_stalled() {
  local load=(--clients 100 --rate 200 --bytes 8000) name
  own "one publisher, 100 readers, 10 stalled, 200/s of 8 kB" 1 "$people" "${load[@]}" --publishers 1 --stalled 10
  [ "$peers" = yes ] || return 0
  other "the same, none stalled" limit "${load[@]}"
  for name in socketioxide node flask; do
    other "one publisher, 100 readers, 10 stalled, 200/s of 8 kB" "$name" "${load[@]}" --stalled 10
  done
}

part_growth() {
  local count
  for count in $growth; do
    own "$count connections in one room, 5/s" 1 "$people" --clients "$count" --rate 5
  done
  for count in 1 10 100 "$rooms"; do
    own "$count rooms of 10, 100/s in all" "$count" 10 --clients "$((count * 10))" --rate 100
  done
  own "1,000 connections in one room of whom 900 do not look, 20/s" 1 "$people" --clients 1000 --away 90 --rate 20
}

part_polling() {
  own "200 readers by long polling, 20/s" 1 "$people" --clients 200 --transport polling --rate 20
}

part_commits() {
  local history=()
  [ "${BENCH:-}" = quick ] || [ ! -f "$corpus" ] || history=(--corpus "$corpus")
  "$SWARM" bench --parlour "$PARLOUR" --folder "$CARGO_TARGET_DIR" --seconds "$seconds" ${history[@]+"${history[@]}"} || failed=1
}

part_rubbish() {
  parlour 1 1
  on 1 "$SWARM" rubbish --url "http://127.0.0.1:$port" --pid "$pid" --connections "$crowd" || failed=1
  end
}

machine="$(grep -m 1 '^model name' /proc/cpuinfo 2>/dev/null || uname -m)"
about="$machine, processors: $(getconf _NPROCESSORS_ONLN), $(uname -sr), $(git describe --always --dirty)"
echo "$about"
echo "load of the machine: $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime)"
peers=no
if [ -x "$yardstick/run" ] && has taskset; then
  peers=yes
  # Builds and installs what is missing.
  LOAD="conns=1 messages=1" "$yardstick/run" >"$work/line" 2>&1 || stop "the yardstick does not run: $(tail -n 3 "$work/line")"
else
  echo "There is no $yardstick (or no taskset): Parlour alone, under its own load, without ratios."
fi
begun=$SECONDS
for part in $PARTS; do
  echo
  case $part in
    room)
      if [ "$peers" = yes ]; then
        part_room
      else
        for rate in 20 100; do
          own "$connections connections in one room, $rate/s" 1 "$people" --clients "$connections" --rate "$rate"
        done
        own "$connections connections in one room, 8 in flight" 1 "$people" --clients "$connections" --publishers 8
      fi ;;
    idle | stalled | growth | polling | commits | rubbish | cluster) "part_$part" ;;
    *) stop "there is no part $part" ;;
  esac
done
echo
echo "### $about; load at the end: $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime); $((SECONDS - begun)) s"
if [ -s "$work/figures" ]; then
  echo
  table
fi
if [ -s "$work/nodes" ]; then
  echo
  nodes_table
fi
if [ -s "$work/rows" ]; then
  echo
  echo "| load | server | KiB a connection | MiB at most | idle CPU s a minute | deliveries/s | CPU µs a delivery | CPU µs a message | p50 / p99 ms | lost / doubled |"
  echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
  cat "$work/rows"
fi
exit "$failed"
