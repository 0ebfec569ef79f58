#!/usr/bin/env bash
# Shows what the server says, until Ctrl-C. Arguments go to tail: logs.sh -n 200
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ -f "$LOG" ] || fail "There is no log yet: bash deploy/runpod/start.sh"
if [ $# -gt 0 ]; then
  exec tail "$@" "$LOG"
fi
exec tail -n 50 -f "$LOG"
