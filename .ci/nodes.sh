# The part `cluster` of the benchmark: one node on SQLite, one on PostgreSQL, two and three on PostgreSQL and NATS.
# shellcheck shell=bash

# Sourced by bench.sh, whose `on`, `work`, `seconds`, `SWARM` and `PARLOUR` it uses. PostgreSQL writes to the disk before it
# answers, as SQLite does.
nodes_pids=() nodes_urls=() nodes_database=

nodes_end() {
  local pid
  for pid in ${nodes_pids[@]+"${nodes_pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
  [ "${#nodes_pids[@]}" -eq 0 ] || wait "${nodes_pids[@]}" 2>/dev/null || true
  nodes_pids=() nodes_urls=()
  [ -z "$nodes_database" ] || nodes_sql "DROP DATABASE IF EXISTS $nodes_database WITH (FORCE)"
  nodes_database=
}

nodes_sql() { "$PARLOUR_POSTGRES_BIN/psql" --no-psqlrc -q -v ON_ERROR_STOP=1 -c "$1" "$PARLOUR_TEST_POSTGRES"; }

# nodes_start STAGE COUNT ROOMS MEMBERS: a town on such nodes; sets nodes_pids and nodes_urls.
nodes_start() {
  local stage=$1 count=$2 rooms=$3 members=$4 node url='' nats='' where=()
  rm -rf "$work/data"* "$work/town"
  mkdir -p "$work/data"
  "$SWARM" town --parlour "$PARLOUR" --data "$work/data" --rooms "$rooms" --members "$members" --town "$work/town" >/dev/null
  if [ "$stage" != sqlite ]; then
    nodes_database=parlour_bench_$RANDOM
    nodes_sql "CREATE DATABASE $nodes_database"
    url="${PARLOUR_TEST_POSTGRES%/*}/$nodes_database"
    "$PARLOUR" copy --from "sqlite:$work/data" --to "$url" >"$work/copied" 2>&1 || stop "copying the town: $(cat "$work/copied")"
  fi
  [ "$stage" != cluster ] || nats=$PARLOUR_TEST_NATS
  ! has taskset || where=(taskset -c 0)
  for node in $(seq "$count"); do
    env RUST_LOG=warn PARLOUR_METRICS_TOKEN=bench ${url:+"PARLOUR_DATABASE_URL=$url"} ${nats:+"PARLOUR_CLUSTER_NATS=$nats"} \
      ${where[@]+"${where[@]}"} "$PARLOUR" serve --listen 127.0.0.1:0 --data "$work/data$([ "$node" = 1 ] || echo "-$node")" \
      --limits off >"$work/said-$node" 2>"$work/complaints-$node" &
    nodes_pids+=($!)
  done
  for node in $(seq "$count"); do
    local port=''
    for _ in $(seq 300); do
      port=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/said-$node" | head -n 1 | grep -o '[0-9]*$' || true)
      [ -z "$port" ] || break
      sleep 0.1
    done
    [ -n "$port" ] || stop "node $node did not start: $(cat "$work/complaints-$node")"
    nodes_urls+=("http://127.0.0.1:$port")
  done
}

# nodes_commits: how many commits all nodes have made so far.
nodes_commits() {
  local url place
  for url in "${nodes_urls[@]}"; do
    place=${url#http://}
    exec 3<>"/dev/tcp/${place%:*}/${place#*:}"
    printf 'GET /metrics HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer bench\r\nConnection: close\r\n\r\n' "$place" >&3
    cat <&3
    exec 3>&-
  done | awk '/^parlour_commit_seconds_count/ { sum += $2 } END { printf "%d\n", sum }'
}

# nodes_measure TITLE STAGE COUNT ROOMS MEMBERS OPTIONS…: a line `TITLE|STAGE|COUNT|…` into the figures of the nodes.
nodes_measure() {
  local title=$1 stage=$2 count=$3 rooms=$4 members=$5 beside=() commits
  shift 5
  echo "== $title: $stage, $count node(s)"
  nodes_start "$stage" "$count" "$rooms" "$members"
  [ "$stage" = sqlite ] || beside+=(--beside "$COMPANIONS_POSTGRES")
  [ "$stage" != cluster ] || beside+=(--beside "$COMPANIONS_NATS")
  commits=$(nodes_commits)
  on 1 "$SWARM" send --url "$(IFS=,; echo "${nodes_urls[*]}")" --pid "$(IFS=,; echo "${nodes_pids[*]}")" \
    ${beside[@]+"${beside[@]}"} --town "$work/town" --seconds "$seconds" --warm-up 2 "$@" >"$work/own" || failed=1
  commits=$(($(nodes_commits) - commits))
  nodes_end
  cat "$work/own"
  awk -v row="$title|$stage|$count" -v commits="$commits" -v all="$((seconds + 2))" '
    /^  acknowledged/ { acknowledged = $2 } /^  delivered/ { delivered = $2 } /server CPU/ { each = $8; message = $12 }
    /CPU beside it/ { beside = $9 } /until acknowledged/ { p50 = $4; p99 = $8 } /^  lost/ { lost = $2; doubled = $NF }
    END { printf "%s|%s|%.0f|%s|%s|%s|%s|%s|%s|%s|%s\n", row, acknowledged, commits / all, delivered, message, beside, each, p50, p99,
      lost, doubled }' "$work/own" >>"$work/nodes"
}

part_cluster() {
  . .ci/companions.sh
  need_companions
  unset PARLOUR_TEST_POSTGRES PARLOUR_TEST_NATS
  COMPANIONS_FSYNC=on companions_start || stop "PostgreSQL or NATS did not start."
  : >"$work/nodes"
  local each stage count
  for each in sqlite:1 postgres:1 cluster:2 cluster:3; do
    stage=${each%:*} count=${each#*:}
    nodes_measure "64 senders in 16 rooms, 1 in flight" "$stage" "$count" 16 4 --clients 64
    [ "$each" = cluster:2 ] ||
      nodes_measure "$connections connections in one room, 20/s" "$stage" "$count" 1 "$people" --clients "$connections" --rate 20
  done
  companions_stop
}

# What a second of the nodes' processors was worth, and how often SQLite's that is.
nodes_table() {
  echo "| load | nodes | acknowledged/s | commits/s | acknowledged a CPU s | of SQLite | deliveries a CPU s | of SQLite | CPU µs a message | beside it (PostgreSQL, NATS) | p50 / p99 ms | lost / doubled |"
  echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
  awk -F'|' '
    function ratio(a, b) { return a > 0 && b > 0 ? sprintf("%.2f ×", b / a) : "–" }
    function worth(micros) { return micros > 0 ? sprintf("%.0f", 1e6 / micros) : "–" }
    $2 == "sqlite" { message[$1] = $7; each[$1] = $9 }
    { printf "| %s | %s on %s | %s | %s | %s | %s | %s | %s | %s | %s | %s / %s | %s / %s |\n", $1, $3,
        $2 == "sqlite" ? "SQLite" : $2 == "postgres" ? "PostgreSQL" : "PostgreSQL and NATS", $4, $5, worth($7), ratio($7, message[$1]),
        worth($9), ratio($9, each[$1]), $7, $8 == "" ? "–" : $8, $10, $11, $12, $13 }' "$work/nodes"
}
