#!/usr/bin/env bash
# From a fresh clone to a tested build: packages, Release build, layout checks, the whole test suite. With CNNCTL_WERROR=ON
# in the environment a warning is an error.
#
# Usage: scripts/test.sh [CTEST ARGUMENT...]     e.g. scripts/test.sh -R kernels
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh strace  # the last for the test of crashes, which leaves out a part without it
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release ${CNNCTL_WERROR:+-DCNNCTL_WERROR="$CNNCTL_WERROR"}
cmake --build build --parallel "$(nproc)"
scripts/check-includes.sh
scripts/check-sizes.sh
ctest --test-dir build --output-on-failure --no-tests=error --parallel "$(nproc)" "$@"
