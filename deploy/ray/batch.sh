#!/usr/bin/env bash
# Reads SOURCE on a Ray cluster that runs already: each task is one of Ray's, on a node with a GPU for its vLLM.
# Run it on a node of the cluster; all nodes need Pagelight (with the extra scale), Ray, vLLM, SOURCE and TARGET.
#   ray start --head                              # on the first node
#   ray start --address=FIRST:6379                # on each other
#   SOURCE=s3://bucket/papers TARGET=s3://bucket/read deploy/ray/batch.sh
set -euo pipefail

exec pagelight batch "${SOURCE:?}" --out "${TARGET:?}" --engine ray \
  --local "${MODEL:-lightonai/LightOnOCR-2-1B}" \
  --gpus 1 --cpus 8 --tasks "${TASKS:-64}" "$@"
