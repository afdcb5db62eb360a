# Finds what a build or a test needs, installs what can be installed, and says in a sentence what cannot.
# shellcheck shell=bash

CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/parlour"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
PARLOUR_TOOLS="${PARLOUR_TOOLS:-$CACHE/tools}"
PATH="$PATH:$PARLOUR_TOOLS/bin"

NEXTEST_VERSION=0.9.143
DENY_VERSION=0.20.2
OLDEST_NODE=20

has() { command -v "$1" >/dev/null 2>&1; }

stop() {
  printf '%s\n' "$*" >&2
  exit 1
}

# What `make run` needs: Rust, Node and a C compiler.
need_builders() {
  has cargo || stop "Rust is missing: install it from https://rustup.rs, open a new terminal and try again."
  has cc || stop "A C compiler is missing (SQLite is built from its source): install gcc or clang, on Debian and Ubuntu with \`apt-get install build-essential\`, on macOS with \`xcode-select --install\`."
  has node || stop "Node.js is missing (it builds the web client): install version $OLDEST_NODE or newer from https://nodejs.org."
  has npm || stop "npm is missing (it comes with Node.js from https://nodejs.org; on Debian \`apt-get install npm\`)."
  local version
  version=$(node --version)
  version=${version#v}
  [ "${version%%.*}" -ge "$OLDEST_NODE" ] || stop "Node.js $version is too old: install version $OLDEST_NODE or newer from https://nodejs.org."
}

# npm_install FOLDER: what its lock file says, only when that changed since the last time.
npm_install() {
  local folder=$1 stamp="$1/node_modules/.installed"
  [ -f "$folder/package-lock.json" ] || return 0
  if [ -f "$stamp" ] && ! [ "$folder/package-lock.json" -nt "$stamp" ] && ! [ "$folder/package.json" -nt "$stamp" ]; then
    echo "$folder: what npm installs is there"
    return 0
  fi
  echo "$folder: npm ci"
  (cd "$folder" && npm ci --no-fund --no-audit)
  touch "$stamp"
}

build_web() {
  npm_install web
  (cd web && npm run build)
}

# cargo_tool COMMAND CRATE VERSION: any version that is there will do; a missing one is built into the user's cache.
cargo_tool() {
  if has "$1"; then
    echo "$1: $(command -v "$1")"
    return 0
  fi
  echo "$1 $3: building it, once, into $PARLOUR_TOOLS (some minutes)"
  CARGO_TARGET_DIR="$CACHE/tools-target" cargo install --locked --root "$PARLOUR_TOOLS" "$2" --version "$3"
}

need_rust_components() {
  local component
  for component in rustfmt clippy; do
    has "cargo-${component/rustfmt/fmt}" && continue
    has rustup || stop "$component is missing: install Rust with rustup from https://rustup.rs, or $component with your system's packages."
    rustup component add "$component"
  done
}

# may_install PACKAGE…: stops with a sentence where apt_install could not.
may_install() {
  has apt-get || stop "Missing, and this is no Debian or Ubuntu to install it on by itself: $*. Install it and try again."
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null || stop "Missing: $*. Install it with \`sudo apt-get install $*\` and try again."
}

# apt_install PACKAGE…: needs to be root, or sudo without a password.
apt_install() {
  may_install "$@"
  local become=()
  [ "$(id -u)" -eq 0 ] || become=(sudo -n)
  "${become[@]}" apt-get update -q
  "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# Prints the browser's path; CHROMIUM names another one.
chromium_path() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && has "$name"; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

need_chromium() {
  chromium_path || apt_install chromium
}

# The clients in Python stand in a virtual environment in the user's cache; PARLOUR_PYTHON is its interpreter.
PYTHON_FOLDER="$CACHE/venv"
PYTHON_WISHES=crates/tests/clients/python/requirements.txt

need_python() {
  [ -f "$PYTHON_WISHES" ] || return 0
  if cmp -s "$PYTHON_WISHES" "$PYTHON_FOLDER/installed.txt"; then
    echo "Python: what the clients need is in $PYTHON_FOLDER"
    return 0
  fi
  if ! [ -x "$PYTHON_FOLDER/bin/python" ]; then
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3 python3-venv
    python3 -m venv --clear "$PYTHON_FOLDER"
  fi
  "$PYTHON_FOLDER/bin/python" -m pip install --quiet --requirement "$PYTHON_WISHES"
  cp "$PYTHON_WISHES" "$PYTHON_FOLDER/installed.txt"
}
