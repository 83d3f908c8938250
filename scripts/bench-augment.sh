#!/usr/bin/env bash
# Augmentation against torchvision's on this machine: random resized crop, flip and colour jitter of a batch of pictures,
# in turn. Prints a table of least times as Markdown and leaves all figures as JSON. Needs Debian's python3-torchvision.
#
# Usage: scripts/bench-augment.sh [--threads N] [--rounds N] [--json FILE]
#   --threads N   for both programs; default: all processors
#   --rounds N    how often each runs; default 20
#   --json FILE   where the figures go; default runs/bench-augment.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

threads=$(nproc) rounds=20 json=runs/bench-augment.json
while [[ $# -gt 0 ]]; do
  case $1 in
    --threads) threads=${2:?--threads needs a number}; shift 2 ;;
    --rounds) rounds=${2:?--rounds needs a number}; shift 2 ;;
    --json) json=${2:?--json needs a file}; shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) echo "bench-augment: error: unknown argument '$1' (--threads N, --rounds N, --json FILE)" >&2; exit 2 ;;
  esac
done

need_peers
need_transforms
machine "$threads"
mkdir -p "$(dirname "$json")"
"$python" scripts/peers/augment.py build/cnnctl_transforms "$threads" "$rounds" "$json"
echo "bench-augment: all figures are in $json" >&2
