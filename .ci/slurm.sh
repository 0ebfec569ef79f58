#!/usr/bin/env bash
# Installs Debian's Slurm and munge, for test machines only: tests/batch/test_slurm.py starts its own daemons, in a folder
# of its own, as whoever runs the tests. No service is started here. Idempotent. 13 MB, some seconds.
set -euo pipefail

PACKAGES=(slurmctld slurmd slurm-client munge)

say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }

missing=()
for package in "${PACKAGES[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

say "installing ${missing[*]}, for the tests"
export DEBIAN_FRONTEND=noninteractive
# The packages would start their daemons by systemd; a file of this name forbids it, and is ours only where none was.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
install=(apt-get install -y -qq --no-install-recommends "${missing[@]}")
"${install[@]}" >/dev/null 2>&1 || { apt-get update -qq && "${install[@]}" >/dev/null; }
