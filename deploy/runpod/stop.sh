#!/usr/bin/env bash
# Ends the server that start.sh left running, and every process of it. The pod itself goes on, and costs money.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

STOP_SECONDS=${STOP_SECONDS:-30} # for it to end by itself
KILL_SECONDS=${KILL_SECONDS:-30} # after SIGKILL: the driver first frees what the GPU holds

# Waits until no process of the group $1 is left, $2 seconds at most.
ended_within() {
  local began=$SECONDS
  while [ -n "$(living "$1")" ]; do
    [ $((SECONDS - began)) -lt "$2" ] || return 1
    sleep 0.2
  done
}

if ! group=$(running); then
  rm -f "$PIDFILE"
  say "no server runs"
  exit
fi
kill -TERM -- "-$group" 2>/dev/null || true
if ! ended_within "$group" "$STOP_SECONDS"; then
  say "it does not end by itself; killing it"
  kill -KILL -- "-$group" 2>/dev/null || true
  ended_within "$group" "$KILL_SECONDS" ||
    fail "After SIGKILL these are still there: $(living "$group" | paste -sd ' '). Run this again, or restart the pod."
fi
rm -f "$PIDFILE"
say "the server has ended"
