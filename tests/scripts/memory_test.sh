#!/usr/bin/env bash
# The memory that `cnnctl summary` foretells is what training takes, with validation and saving, and what it takes when it
# goes on after that: for twenty configurations, at least 99 % of the peak less 1 MiB and at most 105 % of it and 3 MiB
# more, for which pages of the program and its libraries are there differs by about two between machines.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# A sanitizer keeps freed memory and shadows the rest: there is nothing to foretell then.
if grep -q -e __asan_init -e __tsan_init "$CNNCTL_BINARY"; then
  echo "memory: not with a sanitizer"
  exit 0
fi

# numbers KEY: the values of a key in the JSON on stdin, one a line.
numbers() { grep -o "\"$1\": *[0-9]*" | grep -o '[0-9]*$'; }

count=0 failures=0
# forecast NET OVERRIDE...: of a benchmark net with 128 samples, a fresh run of an epoch and another one after that.
forecast() {
  local config=configs/bench/$1.yaml foretold measured kind=fresh
  shift
  local run=$work/$((++count))
  local what=("$config" data.count=128 "$@") shown=() word
  for word in "${what[@]}"; do [[ $word == metrics=* ]] || shown+=("$word"); done  # summary refuses what takes no memory
  foretold=$("$CNNCTL_BINARY" summary "${shown[@]}" --threads 2 --format json 2>"$work/err" | numbers train_bytes)
  { "$CNNCTL_BINARY" train "${what[@]}" train.epochs=1 --threads 2 --run-dir "$run" --progress none &&
    "$CNNCTL_BINARY" train --resume "$run" train.epochs=2 --threads 2 --progress none; } >"$work/out" 2>"$work/err" ||
    { cat "$work/err" >&2; exit 1; }
  for measured in $(numbers peak_memory_bytes <"$run/events.jsonl"); do
    awk -v what="$(basename "$config" .yaml) $*" -v kind="$kind" -v foretold="$foretold" -v measured="$measured" 'BEGIN {
      mib = 1048576
      printf "%-60s %s: %.1f MiB foretold, %.1f MiB measured\n", what, kind, foretold / mib, measured / mib
      exit !(foretold >= 0.99 * measured - mib && foretold <= 1.05 * measured + 3 * mib)
    }' || { echo "FAILED: $config $* ($kind)" >&2; failures=$((failures + 1)); }
    kind=resumed
  done
}

for net in lenet two_conv depthwise vgg_small resnet20 resnet18; do forecast $net; done
for net in lenet two_conv depthwise; do
  forecast $net data.batch_size=16
  forecast $net 'optimizer={type: adam, lr: 0.001}'
  forecast $net train.clip_grad_norm=1
done
forecast lenet data.batch_size=1
forecast lenet data.validation=0.5
forecast lenet 'model.input=[1, 120, 120]' 'data.shape=[1, 120, 120]'
forecast lenet 'model.layers=[flatten, linear: 4096, relu, linear: 2048, relu, linear: 10]'  # weights above all
forecast two_conv 'optimizer={type: lamb, lr: 0.001}'
forecast depthwise 'parameters=[{match: "linear_*"}, {match: "*", train: false}]' 'metrics=[top1, f1]'
[[ $failures -eq 0 ]] || exit 1
echo "memory: $count forecasts hold, fresh and resumed"
