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

# Prints the living processes of the group $1; a zombie, which only its parent can remove, is not alive.
living() { ps -eo pid=,pgid=,stat= | awk -v group="$1" '$2 == group && $3 !~ /^Z/ { print $1 }'; }

# Prints the process group of the server that start.sh left running; fails if there is none. A group whose first process
# has died still counts, since what is left of it holds the GPU; a number that now belongs to another program does not.
running() {
  local group pid
  group=$(cat "$PIDFILE" 2>/dev/null) && [ -n "$group" ] || return 1
  for pid in $(living "$group"); do
    if [ "/proc/$pid/fd/1" -ef "$LOG" ] || tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q ' serve '; then
      echo "$group"
      return
    fi
  done
  return 1
}
