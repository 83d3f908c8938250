#!/usr/bin/env bash
# From a fresh clone to a trained and tested network: packages, build, Fashion-MNIST, LeNet. Safe to run again.
#
# Usage: scripts/quickstart.sh [--epochs N] [--threads N]
#   --epochs N    train this long instead of what configs/lenet.yaml says
#   --threads N   use so many processors instead of all
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

overrides=() threads=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --epochs) overrides=("train.epochs=${2:?--epochs needs a number}"); shift 2 ;;
    --threads) threads=(--threads "${2:?--threads needs a number}"); shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) echo "quickstart: error: unknown argument '$1' (--epochs N, --threads N)" >&2; exit 2 ;;
  esac
done

# step WHAT ADVICE COMMAND...: announces and runs; if it fails, says what failed and what to do.
count=0
step() {
  local what=$1 advice=$2 status=0
  shift 2
  count=$((count + 1))
  printf '\n== %d/5 %s\n' "$count" "$what" >&2
  "$@" || status=$?
  [[ $status -eq 0 ]] && return
  if [[ $status -gt 128 ]]; then
    printf '\nquickstart: stopped while at "%s"; run it again to go on\n' "$what" >&2
  else
    printf '\nquickstart: error: "%s" failed (exit code %d). %s\n' "$what" "$status" "$advice" >&2
  fi
  exit "$status"
}

build() {
  cmake -S . -B build -DCMAKE_BUILD_TYPE=Release
  cmake --build build --target cnnctl --parallel "$(nproc)"
}

# The first number that is free: an older run is never touched.
number=1
while run=runs/quickstart/$(printf %03d "$number") && [[ -e $run ]]; do number=$((number + 1)); done

step "packages" "Install what is listed above, then run this again." scripts/setup.sh
step "build" "The compiler's first message above says why; rm -r build starts afresh." build
step "Fashion-MNIST" "datasets/README.md says where the files can come from." scripts/datasets.sh fashion-mnist
step "training LeNet" "See $run/train.log." \
  build/cnnctl train configs/lenet.yaml "${overrides[@]}" --run-dir "$run" "${threads[@]}"
step "test set" "The run is kept in $run." build/cnnctl eval "$run" "${threads[@]}"

cat <<END

The trained network is in $run. What to try next:
  build/cnnctl summary configs/resnet20.yaml                 # shapes, parameters and memory of a ResNet
  build/cnnctl train configs/lenet.yaml optimizer.lr=0.02    # any key of the config can be overridden
  scripts/grid-search.sh configs/lenet.yaml optimizer.lr=0.1,0.02 data.batch_size=32,128 -- train.epochs=3
  build/cnnctl layers conv2d                                 # the reference, from the code itself
END
