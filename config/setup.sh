#!/usr/bin/env bash
# `make setup`: Python environment and system packages. Does nothing when nothing changed.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
fail() { printf 'Set-up stopped: %s\n' "$*" >&2; exit 1; }

find_python() {
    local name
    for name in ${PYTHON_FOR_VENV:-python3 python3.11 python3.12 python3.13 /usr/bin/python3}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

# Debian packages that are missing: Python where there is none, what lays out PDF documents, and their typefaces: Inter,
# and Noto and Droid for names in other alphabets.
missing_packages() {
    local wanted=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0) python name
    wanted+=(fonts-inter fonts-noto-core fonts-droid-fallback fonts-dejavu-core)
    python=$(find_python)
    if [ -z "$python" ]; then
        wanted+=(python3 python3-venv)
    elif [ ! -x .venv/bin/python ] && ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        wanted+=(python3-venv)
    fi
    for name in "${wanted[@]}"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || printf '%s ' "$name"
    done
}

install_packages() {
    local missing
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "System packages are missing. Install them with:" "" "    sudo apt-get install -y $missing" ""
        return 0
    fi
    say "Installing system packages: $missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of words
    apt-get install -y -qq $missing </dev/null >/dev/null 2>&1 ||
        { apt-get update -qq </dev/null && apt-get install -y -qq $missing </dev/null >/dev/null; } ||
        fail "apt-get could not install: $missing"
}

if command -v dpkg-query >/dev/null; then
    install_packages
elif [ "$(uname)" = Darwin ] && ! { [ -e /opt/homebrew/lib/libpango-1.0.dylib ] || [ -e /usr/local/lib/libpango-1.0.dylib ]; }; then
    say "For PDF documents install: brew install pango font-inter font-dejavu"
fi

python=$(find_python)
[ -n "$python" ] || fail "Python 3.11 or newer is needed (Debian: apt-get install -y python3 python3-venv; macOS: brew install python@3.11)."

stamp=.venv/.installed
state=$(cat requirements.txt requirements-dev.txt | cksum)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$state" ]; then
    exit 0
fi
if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Making .venv with $python"
    rm -rf .venv
    "$python" -m venv .venv >/dev/null || {
        rm -rf .venv
        fail "$python cannot make an environment (Debian: apt-get install -y python3-venv)."
    }
fi
say "Installing Python packages"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt </dev/null ||
    fail "the Python packages could not be installed, see above."
printf '%s' "$state" >"$stamp"
