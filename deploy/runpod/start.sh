#!/usr/bin/env bash
# Serves LightOnOCR on a RunPod pod: checks the machine, installs vLLM, fetches the weights, starts the server in the
# background, waits until it is ready and says how it is reached. The second time only the server is started.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'END'
bash deploy/runpod/start.sh [MODEL] [-- options of vllm serve]

  OCR_API_KEY     the key that readers send; else one is made and printed once
  PORT            else 8000; expose it as HTTP port in the pod's settings
  FAST_BOOT=1     ready in 20-30 s instead of 60-90, reads more slowly
  START_SECONDS   how long to wait for the server; else 900
END
}

PORT=${PORT:-8000}
START_SECONDS=${START_SECONDS:-900}
WANTED_DRIVER=580 # as ./setup.sh vllm has it
WANTED_MIB=7500   # what a card of 8 GB has
WANTED_GB=38      # what is left of a disk of 40 GB once it is formatted

check_machine() {
  local driver memory disk
  command -v nvidia-smi >/dev/null || fail "There is no nvidia-smi here: this is no machine with an NVIDIA GPU."
  driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1) && [ -n "$driver" ] ||
    fail "No GPU answers. Stop the pod and start another one."
  [ "${driver%%.*}" -ge "$WANTED_DRIVER" ] ||
    fail "The driver is $driver, and vLLM needs $WANTED_DRIVER. A pod cannot renew it: create one with the filter CUDA 13.0."
  memory=$(nvidia-smi --query-gpu=memory.total --format=csv,noheader,nounits | head -n 1)
  [ "$memory" -ge "$WANTED_MIB" ] || fail "The GPU has $memory MiB, and the models need 8 GB. Choose a larger one."
  disk=$(df -Pk "$ROOT" | awk 'NR == 2 { print int($2 / 1000000) }')
  [ "$disk" -ge "$WANTED_GB" ] ||
    fail "The disk of $ROOT has $disk GB, and vLLM and the weights need one of 40. Raise it in the pod's settings."
  say "driver $driver, $memory MiB of GPU memory, a disk of $disk GB"
}

# Sets OCR_API_KEY. One that is made is kept for the next start, and shown only now.
find_key() {
  if [ -n "${OCR_API_KEY:-}" ]; then
    return
  fi
  if [ ! -s "$KEYFILE" ]; then
    (umask 077 && od -An -N 24 -tx1 /dev/urandom | tr -d ' \n' >"$KEYFILE")
    say "a key was made. It is shown only now; $KEYFILE keeps it."
    printf 'export OCR_API_KEY=%s\n' "$(cat "$KEYFILE")"
  fi
  OCR_API_KEY=$(cat "$KEYFILE")
}

# The words of the command, one a line, from the one place that knows them.
serve_command() {
  local vllm=$ROOT/.venv-vllm/bin/vllm
  local asked=(--host 0.0.0.0 --port "$PORT" --vllm-command "'$vllm'" --json)
  [ -z "${FAST_BOOT:-}" ] || asked+=(--fast-boot)
  if "$vllm" serve --help=all 2>/dev/null | grep -q -e --sse-keep-alive-interval; then
    asked+=(--behind-proxy) # RunPod's proxy cuts what is silent for 100 s
  fi
  (cd "$ROOT" && .venv-vllm/bin/python -m ocr serve-command "$MODEL" "${asked[@]}" -- \
    --middleware keyed.KeyEverywhere "${MORE[@]}") |
    "$ROOT/.venv-vllm/bin/python" -c 'import json, sys; sys.stdout.write("\0".join(json.load(sys.stdin)) + "\0")'
}

start_server() {
  local command=()
  while IFS= read -r -d '' word; do command+=("$word"); done < <(serve_command)
  [ ${#command[@]} -gt 0 ] || fail "The command that serves $MODEL could not be made; what is wrong stands above."
  (umask 077 && : >"$LOG")
  # FlashInfer's sampler would be compiled at a pod's first start, for 90 s, by an nvcc that may be older than vLLM's CUDA.
  export VLLM_USE_FLASHINFER_SAMPLER=${VLLM_USE_FLASHINFER_SAMPLER:-0}
  # A session of its own: it outlives this terminal, and stop.sh ends the whole of it.
  VLLM_API_KEY=$OCR_API_KEY VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 PYTHONPATH=$ROOT/deploy \
    setsid nohup "${command[@]}" >>"$LOG" 2>&1 </dev/null &
  echo $! >"$PIDFILE"
}

wait_until_ready() {
  local pid began=$SECONDS told=0
  pid=$(cat "$PIDFILE")
  until curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$PORT/health" 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null; then
      rm -f "$PIDFILE"
      tail -n 20 "$LOG" >&2
      fail "vLLM ended before it was ready: above is the end of $LOG. docs/errors.md lists causes and cures."
    fi
    if [ $((SECONDS - began)) -ge "$START_SECONDS" ]; then
      tail -n 20 "$LOG" >&2
      fail "vLLM is not ready after $START_SECONDS s: above is the end of $LOG. It goes on; stop.sh ends it."
    fi
    if [ $((SECONDS - began - told)) -ge 15 ]; then
      told=$((SECONDS - began))
      say "$told s: $(tail -n 1 "$LOG" | cut -c 1-120)"
    fi
    sleep 1
  done
  say "ready after $((SECONDS - began)) s"
}

tell() {
  local url=http://127.0.0.1:$PORT
  [ -z "${RUNPOD_POD_ID:-}" ] || url=https://$RUNPOD_POD_ID-$PORT.proxy.runpod.net
  cat <<END

$MODEL is served at $url

From your machine, with OCR_API_KEY exported there too:
  curl -H "Authorization: Bearer \$OCR_API_KEY" $url/v1/models
  python -m ocr check $url
  python app.py --server-url $url

Here:
  bash deploy/runpod/logs.sh    what it says
  bash deploy/runpod/stop.sh    ends the server; the pod costs money until it is stopped itself
END
}

main() {
  MODEL=lightonai/LightOnOCR-2-1B MORE=()
  case "${1-}" in
    -h | --help)
      usage
      exit
      ;;
    "" | --) ;;
    -*) fail "There is no option '$1'; --help tells what there is." ;;
    *)
      MODEL=$1
      shift
      ;;
  esac
  if [ "${1-}" = -- ]; then
    MORE=("${@:2}")
  elif [ $# -gt 0 ]; then
    fail "What '$1' means is not known; options of vllm serve follow --."
  fi
  if running >/dev/null; then
    fail "A server runs already (process $(running)). End it with: bash deploy/runpod/stop.sh"
  fi
  check_machine
  if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    fail "Another program listens on port $PORT. End it, or choose another: PORT=8001 bash deploy/runpod/start.sh"
  fi
  mkdir -p "$STATE"
  "$ROOT/setup.sh" vllm --model "$MODEL"
  find_key
  say "starting vLLM with $MODEL; its log is $LOG"
  start_server
  wait_until_ready
  tell
}

main "$@"
