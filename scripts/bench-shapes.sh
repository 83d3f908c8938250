#!/usr/bin/env bash
# Speed against PyTorch on this machine, by shape: nets of a few layers each: 5x5 and strided kernels, odd channels, groups,
# sequences, volumes, recurrent layers and others that the six nets of configs/bench/ do not have. Prints a Markdown table;
# takes about five minutes.
# Installs Debian's python3-torch if it is missing.
#
# Usage: scripts/bench-shapes.sh [--threads N] [--seconds S] [--least RATIO] [NET...]
#   --threads N     for both programs; default: all processors
#   --seconds S     for each measurement; default 0.5
#   --least RATIO   exit with 11 if a ratio is below; default: never
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

[[ ${1:-} != -h && ${1:-} != --help ]] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0; }
need_peers
exec "$python" scripts/peers/shapes.py "$@"
