#!/usr/bin/env bash
# Installs Debian's WebKitGTK, its driver and a display without a screen, for test machines only: tests/browser/test_webkit.py
# drives the page in it, as Safari's nearest relative on Linux. Idempotent. 110 MB, half a minute.
set -euo pipefail
exec "$(dirname "$0")/debian.sh" webkit2gtk-driver xvfb
