#!/usr/bin/env bash
# With little address space the program ends, whether it could work or not, and says why if it could not: CNNCTL_BINARY.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Sanitizers reserve terabytes of address space.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "address_space: skipped under a sanitizer"
  exit 0
fi

failed=0
for mib in 60 100 120 160 200 400; do
  status=0
  prlimit --as=$((mib << 20)) timeout 20 "$CNNCTL_BINARY" config check configs/lenet.yaml >/dev/null 2>&1 || status=$?
  echo "address_space: $mib MiB: exit code $status"
  # 127: too little for the libraries themselves to be loaded.
  case $status in
    0 | 7 | 127) ;;
    *) failed=1 ;;
  esac
done
exit $failed
