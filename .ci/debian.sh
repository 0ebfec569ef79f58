#!/usr/bin/env bash
# Installs those of Debian's packages that are named and missing, for test machines only, as root. No service is started.
set -euo pipefail

missing=()
for package in "$@"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

printf '\033[2m·\033[0m installing %s, for the tests\n' "${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# Packages would start their daemons by systemd; a file of this name forbids it, and is ours only where none was.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
install=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
"${install[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${install[@]}" >/dev/null; }
