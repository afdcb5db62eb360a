#!/usr/bin/env bash
# A PostgreSQL and a NATS on loopback for as long as the tests run: on free ports, in a temporary folder, nothing is kept.
# Sourced it gives need_companions, companions_start and companions_stop; as a program it prints where they are and runs until
# it is interrupted. Names the programs in PARLOUR_POSTGRES_BIN (a folder) and PARLOUR_NATS_SERVER, for tests that
# start their own.
# shellcheck shell=bash

OLDEST_POSTGRES=15
OLDEST_NATS=2.9
COMPANIONS_FOLDER='' COMPANIONS_POSTGRES='' COMPANIONS_NATS=''

# Prints the folder with initdb and postgres: what PARLOUR_POSTGRES_BIN says, the newest of Debian's, or that in PATH.
postgres_folder() {
  local folder
  for folder in "${PARLOUR_POSTGRES_BIN:-}" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t / -k 5 -n -r) \
    "$(dirname "$(command -v postgres || echo /)")"; do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
      echo "$folder"
      return 0
    fi
  done
  return 1
}

nats_program() {
  command -v "${PARLOUR_NATS_SERVER:-nats-server}" || { [ -x /usr/sbin/nats-server ] && echo /usr/sbin/nats-server; }
}

# A package that is installed starts nothing: on Debian this file says so, and is asked for nothing else.
without_starting() {
  local policy=/usr/sbin/policy-rc.d become=() status=0
  [ "$(id -u)" -eq 0 ] || become=(sudo -n)
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | "${become[@]}" tee "$policy" >/dev/null
  "${become[@]}" chmod 755 "$policy"
  "$@" || status=$?
  "${become[@]}" rm -f "$policy"
  return "$status"
}

need_companions() {
  local missing=()
  postgres_folder >/dev/null || missing+=(postgresql)
  nats_program >/dev/null || missing+=(nats-server)
  [ "${#missing[@]}" -eq 0 ] || may_install "${missing[@]}"
  [ "${#missing[@]}" -eq 0 ] || without_starting apt_install "${missing[@]}"
  local version
  version=$("$(postgres_folder)/postgres" --version | grep -o '[0-9][0-9.]*' | head -n 1)
  echo "PostgreSQL $version in $(postgres_folder)"
  [ "${version%%.*}" -ge "$OLDEST_POSTGRES" ] || stop "PostgreSQL $version is too old: install $OLDEST_POSTGRES or newer."
  version=$("$(nats_program)" --version | grep -o '[0-9][0-9.]*' | head -n 1)
  echo "NATS $version: $(nats_program)"
  [ "$(printf '%s\n' "$OLDEST_NATS" "$version" | sort -V | head -n 1)" = "$OLDEST_NATS" ] ||
    stop "NATS $version is too old: install $OLDEST_NATS or newer."
}

# The proxies whose configurations in deploy/ are tried.
need_proxies() {
  local missing=()
  [ -x /usr/sbin/nginx ] || has nginx || missing+=(nginx-light)
  has caddy || missing+=(caddy)
  [ "${#missing[@]}" -eq 0 ] || may_install "${missing[@]}"
  [ "${#missing[@]}" -eq 0 ] || without_starting apt_install "${missing[@]}"
}

# as_nobody COMMAND…: PostgreSQL refuses to run as root. What starts here ends with this shell, however that ends.
as_nobody() {
  local words=()
  if [ "$(id -u)" -eq 0 ]; then
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    words=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
  elif has setpriv; then
    words=(setpriv)
  fi
  # setpriv asks for the signal after it became another: it would be forgotten otherwise.
  ! has setpriv || words+=(--pdeathsig KILL)
  exec "${words[@]}" "$@"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# await WHAT PID LOG COMMAND…: until the command succeeds.
await() {
  local what=$1 pid=$2 log=$3
  shift 3
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return 0
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
  echo "$what did not start within 30 s:"
  cat "$log"
  return 1
}

postgres_start() {
  local folder data=$COMPANIONS_FOLDER/postgres log=$COMPANIONS_FOLDER/postgres.log port
  folder=$(postgres_folder)
  mkdir "$data"
  [ "$(id -u)" -ne 0 ] || chown "$(id postgres >/dev/null 2>&1 && echo postgres || echo nobody)" "$data"
  # Sorted as people sort, which is not the order of bytes: who relies on that has to say so.
  (as_nobody "$folder/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 --locale C.UTF-8 \
    --locale-provider icu --icu-locale en --no-sync) >"$log" 2>&1 || { cat "$log"; return 1; }
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    ! port_taken "$port" || continue
    # Nothing here outlives the run, so nothing needs to reach the disk, unless that is to be measured.
    (as_nobody "$folder/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
      -c max_connections=400 -c shared_buffers=128MB -c "fsync=${COMPANIONS_FSYNC:-off}" -c "full_page_writes=${COMPANIONS_FSYNC:-off}" \
      -c max_wal_size=1GB -c log_checkpoints=off) </dev/null >"$log" 2>&1 &
    COMPANIONS_POSTGRES=$!
    if await PostgreSQL "$COMPANIONS_POSTGRES" "$log" grep -q 'ready to accept connections' "$log"; then
      # Who runs Parlour has no more rights than this.
      echo "CREATE ROLE parlour LOGIN CREATEDB PASSWORD 'parlour'" |
        "$folder/psql" --no-psqlrc -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres -d postgres
      export PARLOUR_POSTGRES_BIN=$folder PARLOUR_TEST_POSTGRES=postgres://parlour:parlour@127.0.0.1:$port/postgres
      return 0
    fi
  done
  cat "$log"
  return 1
}

nats_start() {
  local program log=$COMPANIONS_FOLDER/nats.log port
  program=$(nats_program)
  mkdir "$COMPANIONS_FOLDER/nats"
  for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    ! port_taken "$port" || continue
    (
      words=()
      ! has setpriv || words=(setpriv --pdeathsig KILL)
      exec ${words[@]+"${words[@]}"} "$program" -a 127.0.0.1 -p "$port" -sd "$COMPANIONS_FOLDER/nats"
    ) </dev/null >"$log" 2>&1 &
    COMPANIONS_NATS=$!
    if await NATS "$COMPANIONS_NATS" "$log" grep -q 'Server is ready' "$log"; then
      export PARLOUR_NATS_SERVER=$program PARLOUR_TEST_NATS=nats://127.0.0.1:$port
      return 0
    fi
  done
  cat "$log"
  return 1
}

# Starts what the environment does not already name, and exports where it is.
companions_start() {
  COMPANIONS_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/parlour-companions-XXXXXX")
  chmod 755 "$COMPANIONS_FOLDER"
  [ -n "${PARLOUR_TEST_POSTGRES:-}" ] || postgres_start || return 1
  [ -n "${PARLOUR_TEST_NATS:-}" ] || nats_start || return 1
  PARLOUR_POSTGRES_BIN=$(postgres_folder)
  PARLOUR_NATS_SERVER=$(nats_program)
  export PARLOUR_POSTGRES_BIN PARLOUR_NATS_SERVER
}

companions_stop() {
  [ -z "$COMPANIONS_NATS" ] || kill "$COMPANIONS_NATS" 2>/dev/null || true
  # It has nothing to save: this ends it and all of its connections at once.
  [ -z "$COMPANIONS_POSTGRES" ] || kill -QUIT "$COMPANIONS_POSTGRES" 2>/dev/null || true
  [ -z "$COMPANIONS_NATS$COMPANIONS_POSTGRES" ] || wait $COMPANIONS_NATS $COMPANIONS_POSTGRES 2>/dev/null || true
  [ -z "$COMPANIONS_FOLDER" ] || rm -rf "$COMPANIONS_FOLDER"
  COMPANIONS_FOLDER='' COMPANIONS_POSTGRES='' COMPANIONS_NATS=''
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  . .ci/tools.sh
  trap companions_stop EXIT
  need_companions >&2
  companions_start >&2
  for name in PARLOUR_TEST_POSTGRES PARLOUR_TEST_NATS PARLOUR_POSTGRES_BIN PARLOUR_NATS_SERVER; do
    printf 'export %s=%s\n' "$name" "${!name}"
  done
  echo "Both run until this is interrupted (Ctrl-C); what they keep is deleted then." >&2
  wait || true
fi
