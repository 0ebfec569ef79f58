#!/usr/bin/env bash
# Installs Debian's WebKitGTK, its driver and a display without a screen, for test machines only: tests/browser/test_webkit.py
# drives the page in it, as Safari's nearest relative on Linux. Idempotent. 110 MB, half a minute.
set -euo pipefail

PACKAGES=(webkit2gtk-driver xvfb)

say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }

missing=()
for package in "${PACKAGES[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

say "installing ${missing[*]}, for the tests"
export DEBIAN_FRONTEND=noninteractive
install=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
"${install[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${install[@]}" >/dev/null; }
