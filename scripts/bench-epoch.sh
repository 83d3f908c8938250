#!/usr/bin/env bash
# An epoch against PyTorch on this machine, everything included: start, reading the files, training, saving.
# configs/tutorial/two_conv.yaml over the 60,000 pictures of Fashion-MNIST, and the same training as a PyTorch script with
# a DataLoader, in turn. Prints a table as Markdown and leaves all figures as JSON.
#
# Usage: scripts/bench-epoch.sh [--threads N] [--rounds N] [--json FILE]
#   --threads N   for both programs; default: all processors
#   --rounds N    how often each runs; the table shows medians; default 3
#   --json FILE   where the figures go; default runs/bench-epoch.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

threads=$(nproc) rounds=3 json=runs/bench-epoch.json
while [[ $# -gt 0 ]]; do
  case $1 in
    --threads) threads=${2:?--threads needs a number}; shift 2 ;;
    --rounds) rounds=${2:?--rounds needs a number}; shift 2 ;;
    --json) json=${2:?--json needs a file}; shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) echo "bench-epoch: error: unknown argument '$1' (--threads N, --rounds N, --json FILE)" >&2; exit 2 ;;
  esac
done

need_peers
scripts/datasets.sh fashion-mnist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# seconds COMMAND...: wall time of a command from start to end; what it prints goes to $work/out.
seconds() {
  local begin=$EPOCHREALTIME
  "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; return 1; }
  awk -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", end - begin }'
}
# What is in the file $1, a number a line: the median, or all of it as a JSON list.
median() { sort -g "$1" | awk '{ n[NR] = $1 } END { print (n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2 }'; }
list() { paste -sd , "$1" | sed 's/.*/[&]/'; }

for ((round = 1; round <= rounds; round++)); do
  seconds build/cnnctl train configs/tutorial/two_conv.yaml train.epochs=1 --threads "$threads" --progress none \
    --run-dir "$work/run$round" >>"$work/cnnctl"
  seconds "$python" scripts/peers/pytorch_epoch.py datasets/fashion-mnist "$work/weights" --threads "$threads" \
    >>"$work/pytorch"
done

machine "$threads"
a=$(median "$work/cnnctl") b=$(median "$work/pytorch")
echo '| one epoch, everything included | cnnctl | PyTorch | ratio |'
echo '|---|---|---|---|'
awk -v a="$a" -v b="$b" 'BEGIN { printf "| tutorial/two_conv | %.2f s | %.2f s | %.1fx |\n", a, b, b / a }'
mkdir -p "$(dirname "$json")"
printf '{"schema":"cnnctl.bench-epoch/1","threads":%s,"cnnctl_seconds":%s,"pytorch_seconds":%s,"ratio":%s}\n' "$threads" \
  "$(list "$work/cnnctl")" "$(list "$work/pytorch")" "$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f", b / a }')" >"$json"
echo "bench-epoch: all figures are in $json" >&2
