#!/usr/bin/env bash
# With a small stack (`ulimit -s`) the program works, or says in one line what it needs: CNNCTL_BINARY.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Sanitizers need more stack than that for themselves.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "stack: skipped under a sanitizer"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

failed=0
# with_stack KIB COMMAND...
with_stack() {
  local kib=$1 status=0
  shift
  (
    ulimit -s "$kib"
    exec timeout 60 "$CNNCTL_BINARY" "$@" >"$work/out" 2>"$work/err"
  ) || status=$?
  echo "stack: $1 with $kib KiB: exit code $status"
  if [[ $status -ne 0 ]]; then
    cat "$work/err" >&2
    failed=1
  fi
}

small=(data.count=64 data.test_count=16 train.epochs=1 --progress none)
for kib in 64 128 512 8192; do
  with_stack $kib config check configs/lenet.yaml
  with_stack $kib train configs/bench/lenet.yaml "${small[@]}" --threads 3 --run-dir "$work/$kib"
  with_stack $kib eval "$work/$kib"
done
with_stack 64 train configs/bench/resnet20.yaml "${small[@]}" --run-dir "$work/residual"

# What is trained does not depend on it.
for kib in 128 512 8192; do
  cmp "$work/64/checkpoints/last.safetensors" "$work/$kib/checkpoints/last.safetensors" || failed=1
done
exit $failed
