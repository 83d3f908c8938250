#!/usr/bin/env bash
# Speed against PyTorch on this machine: the six nets of configs/bench/, the two programs in turn, net by net.
# Prints a table of ratios as Markdown and leaves all figures as JSON. Installs Debian's python3-torch if it is missing.
#
# Usage: scripts/bench-peers.sh [--threads N] [--seconds S] [--json FILE] [NET...]
#   --threads N   for both programs; default: all processors
#   --seconds S   for each measurement; default 4
#   --json FILE   where the figures go; default runs/bench-peers.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

threads=$(nproc) seconds=4 json=runs/bench-peers.json nets=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --threads) threads=${2:?--threads needs a number}; shift 2 ;;
    --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
    --json) json=${2:?--json needs a file}; shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "bench-peers: error: unknown argument '$1' (--threads N, --seconds S, --json FILE)" >&2; exit 2 ;;
    *) nets+=("$1"); shift ;;
  esac
done
[[ ${#nets[@]} -gt 0 ]] || nets=(lenet two_conv vgg_small resnet20 resnet18 depthwise)

[[ -x build/cnnctl ]] || { echo "bench-peers: error: no build/cnnctl; run make first" >&2; exit 1; }
scripts/setup.sh --only python3-torch

# median FILE train|forward: the figure of a JSON object in a file.
median() {
  /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]]["median_ms"])' "$1" "$2"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s, %s threads, %s, PyTorch %s\n\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$threads" \
  "$(date +%Y-%m-%d)" "$(/usr/bin/python3 -c 'import torch; print(torch.__version__)')"
echo '| net | train: cnnctl | PyTorch | ratio | inference: cnnctl | PyTorch | ratio |'
echo '|---|---|---|---|---|---|---|'
for net in "${nets[@]}"; do
  build/cnnctl bench "configs/bench/$net.yaml" --threads "$threads" --seconds "$seconds" --format json \
    >"$work/$net.cnnctl" 2>/dev/null
  /usr/bin/python3 scripts/peers/pytorch_nets.py "$net" --threads "$threads" --seconds "$seconds" >"$work/$net.pytorch"
  awk -v net="$net" -v a="$(median "$work/$net.cnnctl" train)" -v b="$(median "$work/$net.pytorch" train)" \
    -v c="$(median "$work/$net.cnnctl" forward)" -v d="$(median "$work/$net.pytorch" forward)" 'BEGIN {
      printf "| %s | %.2f ms | %.2f ms | %.1fx | %.2f ms | %.2f ms | %.1fx |\n", net, a, b, b / a, c, d, d / c }'
done
mkdir -p "$(dirname "$json")"
{
  printf '{"schema":"cnnctl.bench-peers/1","nets":['
  for i in "${!nets[@]}"; do
    [[ $i -eq 0 ]] || printf ','
    printf '{"net":"%s","cnnctl":%s,"pytorch":%s}' "${nets[i]}" "$(cat "$work/${nets[i]}.cnnctl")" \
      "$(cat "$work/${nets[i]}.pytorch")"
  done
  printf ']}\n'
} >"$json"
echo "bench-peers: all figures are in $json" >&2
