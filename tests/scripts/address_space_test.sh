#!/usr/bin/env bash
# With little address space the program ends, whether it could work or not, and says why if it could not: CNNCTL_BINARY.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Sanitizers reserve terabytes of address space.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "address_space: skipped under a sanitizer"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

failed=0
# with_limit MIB COMMAND...: 127 is too little for the libraries themselves to be loaded.
with_limit() {
  local mib=$1 status=0
  shift
  prlimit --as=$((mib << 20)) timeout 20 "$CNNCTL_BINARY" "$@" >/dev/null 2>"$work/err" || status=$?
  echo "address_space: $1 with $mib MiB: exit code $status"
  case $status in
    0 | 127) ;;
    7) grep -q -e 'address space' -e 'memory' "$work/err" || { cat "$work/err" >&2; failed=1; } ;;
    *) failed=1 ;;
  esac
}

for mib in 60 100 160 200 230 260 300 400; do
  with_limit $mib config check configs/lenet.yaml
  with_limit $mib train configs/bench/lenet.yaml data.count=64 train.epochs=1 --run-dir "$work/$mib"
done
exit $failed
