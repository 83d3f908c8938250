#!/usr/bin/env bash
# Trains on a folder of JPEGs (60,000 unless told otherwise) that is larger than data.cache: peak memory must be within
# 10 % of what was foretold, and the weights those of a run that keeps everything in memory. Makes the pictures itself.
#
# Usage: scripts/check-cache.sh [PICTURES] [CACHE]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=${CNNCTL_BINARY:-$root/build/cnnctl}
pictures=${1:-60000} cache=${2:-64MiB}
classes=10 base=60  # different pictures of a class; the others are further names of these
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# jpeg LEVEL...: a grey 32x32 picture on stdout, each of its 16 blocks of one level in 0..255. As plain as JPEG can be:
# a quantisation of 1, codes of four bits for the size of a level's difference, of one bit for the end of a block.
jpeg() {
  local zeros=000000000000000000000000 quantisation=08 bits='' hex='' before=128 level difference size byte i
  for ((i = 1; i < 64; ++i)); do quantisation+=01; done
  for level; do
    difference=$((level - before)) before=$level size=0
    for ((i = difference < 0 ? -difference : difference; i > 0; i >>= 1)); do size=$((size + 1)); done
    ((difference < 0)) && difference=$((difference + (1 << size) - 1))
    for ((i = 3; i >= 0; --i)); do bits+=$((size >> i & 1)); done
    for ((i = size - 1; i >= 0; --i)); do bits+=$((difference >> i & 1)); done
    bits+=0
  done
  while ((${#bits} % 8)); do bits+=1; done
  for ((i = 0; i < ${#bits}; i += 8)); do
    printf -v byte %02x $((2#${bits:i:8}))
    hex+=$byte
    [[ $byte == ff ]] && hex+=00
  done
  local header=ffd8ffdb004300${quantisation}ffc0000b080020002001011100
  header+=ffc4001f000000000c${zeros}000102030405060708090a0b
  header+=ffc400141001000000${zeros}00ffda0008010100003f00
  hex=${header}${hex}ffd9
  # shellcheck disable=SC2001  # what matched is wanted again, which ${hex//} cannot give
  printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")"
}

copies=$((pictures / classes / base))
((copies >= 1)) || { echo "check-cache: at least $((classes * base)) pictures" >&2; exit 1; }
RANDOM=7
for ((class = 0; class < classes; ++class)); do
  mkdir -p "$work/base/$class" "$work/pictures/train/$class"
  for ((i = 0; i < base; ++i)); do
    levels=()
    for ((block = 0; block < 16; ++block)); do
      levels+=($((block % classes == class ? 200 + RANDOM % 56 : RANDOM % 160)))
    done
    jpeg "${levels[@]}" >"$work/base/$class/$i.jpg"
  done
  for ((i = 0; i < copies; ++i)); do cp -rl "$work/base/$class" "$work/pictures/train/$class/$i"; done
done

cat >"$work/net.yaml" <<YAML
name: cache
seed: 3
data:
  {format: image_folder, path: $work/pictures, validation: 0.1, batch_size: 64, augment: [{random_crop: {padding: 2}}]}
model:
  input: [3, 32, 32]
  layers:
    - conv2d: {out_channels: 16, kernel_size: 5, stride: 2, padding: 2}
    - relu
    - max_pool2d: 2
    - flatten
    - linear: $classes
optimizer: {type: sgd, lr: 0.02, momentum: 0.9}
train: {epochs: 2}
YAML

# run NAME CACHE: trains; its weights' hash and its memory, foretold and measured, go to the variables of these names.
run() {
  "$binary" train "$work/net.yaml" "data.cache=$2" --run-dir "$work/$1" --threads 2 --progress none \
    >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
  hash=$(tail -n 1 "$work/$1/metrics.csv" | awk -F, '{ print $NF }')
  foretold=$(sed -n 's/.*"memory_forecast_bytes": \{0,1\}\([0-9]*\).*/\1/p' "$work/$1/events.jsonl" | head -n 1)
  measured=$(sed -n 's/.*"peak_memory_bytes": \{0,1\}\([0-9]*\).*/\1/p' "$work/$1/events.jsonl" | tail -n 1)
  awk -v name="$1" -v foretold="$foretold" -v measured="$measured" 'BEGIN {
    printf "%s: %.1f MiB foretold, %.1f MiB measured\n", name, foretold / 1048576, measured / 1048576
    # The pages of the program and its libraries that are there differ by 2 to 3 MiB between machines and builds.
    error = measured - foretold
    if (error < 0) error = -error
    exit !(error <= 0.1 * foretold + 3145728)
  }' || { echo "check-cache: FAILED: $1 takes more than 10 % and 3 MiB more or less memory than foretold" >&2; failed=1; }
}

failed=0
run all 16GiB && whole=$hash
run part "$cache"
run none 0
for name in part none; do
  [[ $(tail -n 1 "$work/$name/metrics.csv" | awk -F, '{ print $NF }') == "$whole" ]] ||
    { echo "check-cache: FAILED: other weights with a smaller cache ($name)" >&2; failed=1; }
done
((failed == 0)) || exit 1
echo "check-cache: $pictures pictures, the same weights ($whole) with any cache"
