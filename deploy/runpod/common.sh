# shellcheck shell=bash disable=SC2034
# What start.sh, stop.sh and logs.sh share: where things are, and how they speak.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
STATE=${PAGELIGHT_STATE:-$ROOT/.runpod}
LOG=$STATE/server.log
PIDFILE=$STATE/server.pid
KEYFILE=$STATE/key

say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }
fail() {
  printf '\033[31mx %s\033[0m\n' "$*" >&2
  exit 1
}

# Prints the process id of the server that start.sh left running; fails if there is none. A number that now belongs to
# another program is none.
running() {
  local pid
  pid=$(cat "$PIDFILE" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q ' serve ' || return 1
  echo "$pid"
}
