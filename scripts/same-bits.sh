#!/usr/bin/env bash
# Across which changes trained weights keep their bits: trains short runs of the benchmark nets under each change and
# compares the hashes of their weights with those of an ordinary run. Prints a Markdown table, the README's.
#
# Usage: scripts/same-bits.sh [NAME=BINARY...]    other builds of cnnctl to compare with, e.g. "Clang 14=/tmp/cnnctl"
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
binary=${CNNCTL_BINARY:-build/cnnctl}
[[ -x $binary ]] || { echo "same-bits: error: $binary is missing; make builds it" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

nets=(configs/bench/*.yaml)
short=(data.count=192 data.test_count=8 data.batch_size=32 train.epochs=2)

# hash_of RUN: of the last weights.
hash_of() { tail -n 1 "$1/metrics.csv" | awk -F, '{ print $NF }'; }

# train NET RUN BINARY [ARGUMENT...]
train() {
  local net=$1 run=$2 program=$3
  shift 3
  "$program" train "$net" "${short[@]}" --run-dir "$run" --progress none "$@" >"$work/out" 2>"$work/err" ||
    { cat "$work/err" >&2; exit 1; }
}

for net in "${nets[@]}"; do train "$net" "$work/ordinary/$(basename "$net" .yaml)" "$binary" --threads 2; done

# compare WHAT COMMAND...: runs COMMAND NET RUN for each net and tells of which the weights are the same.
compare() {
  local what=$1 net name other=()
  shift
  for net in "${nets[@]}"; do
    name=$(basename "$net" .yaml)
    rm -rf "$work/other"
    "$@" "$net" "$work/other"
    [[ $(hash_of "$work/other") == "$(hash_of "$work/ordinary/$name")" ]] || other+=("$name")
  done
  if [[ ${#other[@]} -eq 0 ]]; then
    echo "| $what | all ${#nets[@]} |"
  else
    echo "| $what | $((${#nets[@]} - ${#other[@]})) of ${#nets[@]}; others: ${other[*]} |"
  fi
}

with_threads() { train "$2" "$3" "$binary" --threads "$1"; }
with_binary() { train "$2" "$3" "$1" --threads 2; }
# with_variable NAME=VALUE NET RUN
with_variable() {
  local name=${1%%=*} value=${1#*=}
  (export "$name=$value"; train "$2" "$3" "$binary" --threads 2)
}
stopped_and_resumed() {
  train "$1" "$2" "$binary" --threads 2 train.epochs=1
  "$binary" train --resume "$2" train.epochs=2 --threads 1 --progress none >"$work/out" 2>"$work/err"
}

echo "| change | nets with the same bits |"
echo "|---|---|"
for threads in 1 3 8; do compare "$threads thread$([[ $threads == 1 ]] || echo s) in place of 2" with_threads "$threads"; done
compare "ended after one epoch, resumed with 1 thread" stopped_and_resumed
grep -qw avx512f /proc/cpuinfo && compare "our kernels for AVX2 in place of AVX-512" with_variable CNNCTL_VECTOR_BITS=256
for core in Haswell Zen SkylakeX; do
  [[ $core != SkylakeX ]] || grep -qw avx512f /proc/cpuinfo || continue
  compare "OpenBLAS's kernels for $core" with_variable "OPENBLAS_CORETYPE=$core"
done
for pair in "$@"; do compare "${pair%%=*}" with_binary "${pair#*=}"; done
