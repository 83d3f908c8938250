#!/usr/bin/env bash
# Against PyTorch, in double, on random settings: every layer and loss with all gradients, every optimizer and schedule
# over 50 steps. Prints the largest difference of each and fails if one is beyond 5e-6 of the largest value. Installs
# Debian's python3-torch if it is missing.
#
# Usage: scripts/parity.sh [SETTINGS [KIND...]]    default: 50 of every kind
#        scripts/parity.sh --values                write the values that default tests hold anew
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

case ${1-} in
  -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
esac
scripts/setup.sh --only python3-torch
[[ -f build-exact/CMakeCache.txt ]] || cmake --preset exact
cmake --build --preset exact --target cnnctl_tests --parallel "$(nproc)"
"$python" tests/parity/parity.py build-exact/cnnctl_tests "$@"
