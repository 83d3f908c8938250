#!/usr/bin/env bash
# Every network of configs/zoo against torchvision's of the same name: random weights of theirs run here, weights saved
# here load there with strict=True, and outputs agree to 1e-4. Needs Debian's python3-torch and python3-torchvision;
# where these are not installed it says so and ends well.
#
# Usage: scripts/zoo-parity.sh [NAME...]      default: all
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

case ${1-} in
  -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
esac
binary=${CNNCTL_BINARY:-build/cnnctl}
[[ -x $binary ]] || { echo "zoo-parity: error: no $binary; run make first" >&2; exit 1; }
if ! "$python" -c 'import torchvision' 2>/dev/null; then
  echo "zoo-parity: skipped, $python has no torchvision (python3-torchvision)"
  exit 0
fi
names=("$@")
if [[ ${#names[@]} -eq 0 ]]; then
  for config in configs/zoo/*.yaml; do
    name=$(basename "$config" .yaml)
    "$python" -c "import sys, torchvision; sys.exit(not hasattr(torchvision.models, '$name'))" && names+=("$name")
  done
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" scripts/peers/zoo_parity.py "$binary" "$work" "${names[@]}"
