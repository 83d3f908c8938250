#!/usr/bin/env bash
# Speed against PyTorch on this machine: the six nets of configs/bench/, or networks of the zoo at 224x224 (batches of 8,
# vgg 4), the two programs in turn, net by net.
# Prints tables of times and of peak memory as Markdown and leaves all figures as JSON. Installs Debian's python3-torch,
# and for the zoo python3-torchvision, if it is missing. Memory is that of the whole process, and in brackets what it takes more than one that does nothing.
#
# Usage: scripts/bench-peers.sh [--zoo] [--threads N] [--seconds S] [--json FILE] [NET...]
#   --zoo         six networks of the zoo; any others are named
#   --threads N   for both programs; default: all processors
#   --seconds S   for each measurement; default 4
#   --json FILE   where the figures go; default runs/bench-peers.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/peers.sh
source scripts/lib/peers.sh

threads=$(nproc) seconds=4 json=runs/bench-peers.json nets=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --zoo) nets=(resnet50 densenet121 mobilenet_v2 vgg16_bn alexnet googlenet); shift ;;
    --threads) threads=${2:?--threads needs a number}; shift 2 ;;
    --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
    --json) json=${2:?--json needs a file}; shift 2 ;;
    -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "bench-peers: error: unknown argument '$1' (--zoo, --threads N, --seconds S, --json FILE)" >&2; exit 2 ;;
    *) nets+=("$1"); shift ;;
  esac
done
[[ ${#nets[@]} -gt 0 ]] || nets=(lenet two_conv vgg_small resnet20 resnet18 depthwise)

# config NET: where it stands.
config() { local bench=configs/bench/$1.yaml; if [[ -f $bench ]]; then echo "$bench"; else echo "configs/zoo/$1.yaml"; fi; }
# set_batch NET: the option for its batch size in `batch`; that of configs/bench/ is written there.
set_batch() {
  case $(config "$1") in configs/bench/*) batch=() ;; */vgg*) batch=(--batch-size=4) ;; *) batch=(--batch-size=8) ;; esac
}

need_peers
for net in "${nets[@]}"; do
  [[ -f $(config "$net") ]] || { echo "bench-peers: error: no $(config "$net")" >&2; exit 2; }
  set_batch "$net"
  [[ ${#batch[@]} -eq 0 ]] || scripts/setup.sh --only python3-torchvision
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# row KIND NET: a line of a table, from the two results of a net and cnnctl's idle size.
row() {
  "$python" - "$1" "$2" "$work" "$idle" <<'END'
import json, sys
kind, net, work, idle = sys.argv[1:]
ours, theirs = (json.load(open(f"{work}/{net}.{program}")) for program in ("cnnctl", "pytorch"))
if kind == "times":
    pairs = [(ours[key]["median_ms"], theirs[key]["median_ms"]) for key in ("train", "forward")]
    cells = [f"{a:.2f} ms | {b:.2f} ms | {b / a:.1f}x" for a, b in pairs]
else:
    a, b = ours["peak_memory_bytes"], theirs["peak_memory_bytes"]
    net_a, net_b = a - int(idle), b - theirs["idle_memory_bytes"]
    cells = [f"{a / 2**20:.0f} ({net_a / 2**20:.0f}) MiB | {b / 2**20:.0f} ({net_b / 2**20:.0f}) MiB",
             f"{b / a:.1f}x ({net_b / net_a:.1f}x)"]
print("|", net, "|", " | ".join(cells), "|")
END
}

# means: of both ratios over all nets, geometric.
means() {
  "$python" - "$work" "${nets[@]}" <<'END'
import json, statistics, sys
work, *nets = sys.argv[1:]
results = [[json.load(open(f"{work}/{net}.{program}")) for net in nets] for program in ("cnnctl", "pytorch")]
ratios = [[b[key]["median_ms"] / a[key]["median_ms"] for a, b in zip(*results)] for key in ("train", "forward")]
print("| geometric mean |", " | ".join(f"| | {statistics.geometric_mean(one):.2f}x" for one in ratios), "|")
END
}

idle=$("$python" -c 'import resource, subprocess
subprocess.run(["build/cnnctl", "version"], check=True, stdout=subprocess.DEVNULL)
print(1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
machine "$threads"
echo '| net | train: cnnctl | PyTorch | ratio | inference: cnnctl | PyTorch | ratio |'
echo '|---|---|---|---|---|---|---|'
for net in "${nets[@]}"; do
  set_batch "$net"
  sizes=(--threads "$threads" --seconds "$seconds" "${batch[@]}")
  build/cnnctl bench "$(config "$net")" "${sizes[@]}" --format json >"$work/$net.cnnctl" 2>/dev/null
  "$python" scripts/peers/pytorch_nets.py "$net" "${sizes[@]}" >"$work/$net.pytorch"
  row times "$net"
done
means
printf '\n| net | memory: cnnctl | PyTorch | ratio |\n|---|---|---|---|\n'
for net in "${nets[@]}"; do row memory "$net"; done
mkdir -p "$(dirname "$json")"
{
  printf '{"schema":"cnnctl.bench-peers/1","cnnctl_idle_memory_bytes":%s,"nets":[' "$idle"
  for i in "${!nets[@]}"; do
    [[ $i -eq 0 ]] || printf ','
    printf '{"net":"%s","cnnctl":%s,"pytorch":%s}' "${nets[i]}" "$(cat "$work/${nets[i]}.cnnctl")" \
      "$(cat "$work/${nets[i]}.pytorch")"
  done
  printf ']}\n'
} >"$json"
echo "bench-peers: all figures are in $json" >&2
