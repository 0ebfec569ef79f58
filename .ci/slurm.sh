#!/usr/bin/env bash
# Installs Debian's Slurm and munge, for test machines only: tests/batch/test_slurm.py starts its own daemons, in a folder
# of its own, as whoever runs the tests. Idempotent. 13 MB, some seconds.
set -euo pipefail
exec "$(dirname "$0")/debian.sh" slurmctld slurmd slurm-client munge
