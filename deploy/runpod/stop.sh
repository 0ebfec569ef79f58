#!/usr/bin/env bash
# Ends the server that start.sh left running, and every process of it. The pod itself goes on, and costs money.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

STOP_SECONDS=${STOP_SECONDS:-30}

# Whether any process of the group is alive; one that nobody has taken leave of (a zombie) is not.
alive() { ps -eo pgid=,stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z/ { n++ } END { exit !n }'; }

if ! pid=$(running); then
  rm -f "$PIDFILE"
  say "no server runs"
  exit
fi
kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid"
began=$SECONDS
while alive "$pid"; do
  if [ $((SECONDS - began)) -ge "$STOP_SECONDS" ]; then
    say "it does not end by itself; killing it"
    kill -KILL -- "-$pid" 2>/dev/null || true
    break
  fi
  sleep 0.2
done
rm -f "$PIDFILE"
say "the server has ended"
