#!/usr/bin/env bash
# Compares every layer with PyTorch, in double, on random settings: outputs and all gradients.
# usage: scripts/parity.sh [SETTINGS [KIND...]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import numpy, torch' 2>/dev/null || {
  echo "parity: $python has no PyTorch; on Debian apt-get install python3-torch, or name another by PYTHON=..." >&2
  exit 1
}
[[ -f build-exact/CMakeCache.txt ]] || cmake --preset exact
cmake --build --preset exact --parallel "$(nproc)"
exec "$python" tests/parity/parity.py build-exact/cnnctl_tests "$@"
