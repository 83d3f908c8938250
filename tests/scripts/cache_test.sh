#!/usr/bin/env bash
# The small form of scripts/check-cache.sh: a folder of pictures larger than its cache, the same weights, memory as
# foretold.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# A sanitizer keeps freed memory and shadows the rest: there is nothing to foretell then.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "cache: not with a sanitizer"
  exit 0
fi
scripts/check-cache.sh 1200 1MiB
