#!/usr/bin/env bash
# Compares augmentation with torchvision, operation by operation at stated strengths: prints the largest difference of
# each in levels of 255, and fails if one is larger than rounding explains. Needs Debian's python3-torchvision.
#
# Usage: scripts/parity-transforms.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

case ${1-} in
  '') ;;
  -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  *) echo "parity-transforms: error: unknown argument '$1'" >&2; exit 2 ;;
esac
need_peers
need_transforms
"$python" scripts/peers/transforms.py build/cnnctl_transforms
