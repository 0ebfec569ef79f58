#!/usr/bin/env bash
# Makes the folder that becomes a Hugging Face Space: with Gradio's SDK (reads by OCR_SERVER_URL, else with the CPU
# engine), or with Docker's (vLLM on the Space's own GPU).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  cat <<'END'
bash deploy/space/assemble.sh gradio|docker FOLDER [MODEL]

FOLDER must be new or empty. MODEL is what a Docker Space serves; else lightonai/LightOnOCR-2-1B.
END
}

kind=${1-} folder=${2-} model=${3-lightonai/LightOnOCR-2-1B}
if { [ "$kind" != gradio ] && [ "$kind" != docker ]; } || [ -z "$folder" ]; then
  usage >&2
  exit 2
fi
if [ -e "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
  echo "$folder is not empty. Name a new one." >&2
  exit 1
fi
mkdir -p "$folder"
tar -cf - --exclude=__pycache__ app.py requirements.txt packages.txt LICENSE README.md ocr assets | tar -xf - -C "$folder"
if [ "$kind" = docker ]; then
  cp deploy/space/Dockerfile requirements.lock deploy/notice.py "$folder"
  sed -i.bak "s|^ENV OCR_LOCAL=.*|ENV OCR_LOCAL=$model|" "$folder/Dockerfile"
  # The same front matter, but for the SDK.
  awk '/^sdk:/ { print "sdk: docker"; print "app_port: 7860"; print "suggested_hardware: l4x1"; next }
       /^(sdk_version|python_version|app_file):/ { next } { print }' README.md >"$folder/README.md"
  rm "$folder/Dockerfile.bak"
fi
cat <<END
$folder is ready. To make it a Space:
  hf repo create USER/pagelight --repo-type space --space-sdk $kind
  hf upload USER/pagelight $folder . --repo-type space
END
