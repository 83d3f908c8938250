#!/usr/bin/env bash
# The memory that `cnnctl summary` foretells is what training takes, with validation and saving, for the nets of
# configs/bench/: within 5 %, once what this machine's libraries take more or less than ours, at most 20 MiB, is known from
# the smallest net.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# A sanitizer keeps freed memory and shadows the rest: there is nothing to foretell then.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "memory: not with a sanitizer"
  exit 0
fi

# number KEY: the last value of a key in the JSON on stdin.
number() { sed -n "s/.*\"$1\": \{0,1\}\([0-9]*\).*/\1/p" | tail -n 1; }

failures=0 libraries=
for net in lenet two_conv depthwise vgg_small resnet20 resnet18; do
  config=configs/bench/$net.yaml
  foretold=$("$CNNCTL_BINARY" summary "$config" data.count=128 --threads 2 --format json 2>"$work/err" | number train_bytes)
  "$CNNCTL_BINARY" train "$config" data.count=128 --threads 2 --run-dir "$work/$net" --progress none >"$work/out" 2>"$work/err" ||
    { cat "$work/err" >&2; exit 1; }
  measured=$(number peak_memory_bytes <"$work/$net/events.jsonl")
  awk -v net="$net" -v foretold="$foretold" -v measured="$measured" -v libraries="$libraries" 'BEGIN {
    error = measured - foretold - libraries
    if (error < 0) error = -error
    printf "%s: %.1f MiB foretold, %.1f MiB measured\n", net, foretold / 1048576, measured / 1048576
    exit !(error <= (libraries == "" ? 20971520 : 0.05 * measured))
  }' || { echo "FAILED: $net" >&2; failures=$((failures + 1)); }
  libraries=${libraries:-$((measured - foretold))}
done
[[ $failures -eq 0 ]] || exit 1
echo "memory: every forecast holds"
