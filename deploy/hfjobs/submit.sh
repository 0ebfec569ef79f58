#!/usr/bin/env bash
# Reads SOURCE in SHARDS jobs of Hugging Face, each with a GPU and a vLLM of its own. SOURCE and TARGET are addresses that
# all of them reach, as hf:// or s3://. IMAGE is deploy/batch/Dockerfile, in a registry of yours. Whichever jobs have
# failed: the same command again reads what is left.
#   hf auth login
#   SOURCE=hf://buckets/me/papers TARGET=hf://buckets/me/read IMAGE=registry/pagelight-batch deploy/hfjobs/submit.sh
set -euo pipefail

shards=${SHARDS:-8}
for ((shard = 0; shard < shards; shard++)); do
  hf jobs run --detach --flavor "${FLAVOR:-l4x1}" --timeout "${TIMEOUT:-12h}" --attempts 3 --secrets HF_TOKEN \
    --label pagelight-batch \
    "${IMAGE:?}" pagelight batch "${SOURCE:?}" --out "${TARGET:?}" --engine shard --shard "$shard/$shards" \
    --tasks "${TASKS:-$((4 * shards))}" --local "${MODEL:-lightonai/LightOnOCR-2-1B}" "$@"
done
