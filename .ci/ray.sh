#!/usr/bin/env bash
# Makes .venv-ray with Ray and what `pagelight batch` needs, for test machines only: tests/batch/test_ray.py starts its own
# cluster with it. Ray has no place in .venv, where nothing else wants it. Idempotent. 550 MB, some seconds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

RAY=ray==2.60.0
stamp=.venv-ray/.complete
wanted="$RAY $(cat requirements-dev.lock pyproject.toml | sha256sum)"

say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv-ray/bin/python -c '' 2>/dev/null; then
  exit 0
fi

uv=$(command -v uv || echo .venv-uv/bin/uv) # where ./setup.sh has it
if [ ! -x "$uv" ]; then
  say "installing uv"
  rm -rf .venv-uv
  python3 -m venv .venv-uv
  .venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv
fi
say "making .venv-ray with $RAY, for the tests"
rm -rf .venv-ray
"$uv" venv --quiet --python python3 .venv-ray
"$uv" pip install --quiet --python .venv-ray/bin/python --constraints requirements-dev.lock \
  --extra scale -r pyproject.toml "$RAY"
echo "$wanted" >"$stamp"
