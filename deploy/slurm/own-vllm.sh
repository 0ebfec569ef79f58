#!/usr/bin/env bash
# Reads SOURCE on a partition with GPUs: each job of the array starts a vLLM of its own and reads four tasks with it.
# Run it on a login node, in the environment that has Pagelight and vLLM. The same command again reads what is left.
#   SOURCE=/data/papers TARGET=/data/read deploy/slurm/own-vllm.sh --partition gpu --account me
set -euo pipefail

exec pagelight batch "${SOURCE:?}" --out "${TARGET:?}" --engine slurm \
  --local "${MODEL:-lightonai/LightOnOCR-2-1B}" \
  --gpus 1 --cpus 8 --memory 64G --time 12:00:00 \
  --tasks "${TASKS:-64}" --tasks-per-job 4 "$@"
