#!/usr/bin/env bash
# The small form of scripts/crash-campaign.sh: a few cases of each family.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Under strace a sanitizer cannot look for leaks, and everything takes ten times as long.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "crash: not with a sanitizer"
  exit 0
fi
scripts/crash-campaign.sh 8
