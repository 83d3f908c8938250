#!/usr/bin/env bash
# Writes configs/zoo/README.md: the networks of the zoo side by side, as `cnnctl summary` foretells them.
#
# Usage: scripts/zoo-table.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
  -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
esac
binary=${CNNCTL_BINARY:-build/cnnctl}
[[ -x $binary ]] || { echo "zoo-table: error: no $binary; run make first" >&2; exit 1; }

# value WORDS: what stands behind them on the summary's line that begins with them.
value() { sed -n "s/^$1  *//p" <<<"$summary"; }

{
  cat <<'HEAD'
# The zoo

<!-- Written by scripts/zoo-table.sh. -->

Networks of torchvision, for ImageNet's 1,000 classes, and classics (the files say which): `cnnctl train configs/zoo/resnet18.yaml model.params.classes=10`, or in a
file of your own `model: {zoo: resnet18, classes: 10}`. Parameters have torchvision's names, shapes and order.
Multiply-adds are those of one picture; memory is for the batches of the file; the field is what a feature sees, and how far
apart neighbours look.

| network | input | parameters | multiply-adds | field | memory to train | to infer |
|---|---|---:|---:|---|---:|---:|
HEAD
  for config in configs/zoo/*.yaml; do
    name=$(basename "$config" .yaml)
    summary=$("$binary" summary "$config" 2>/dev/null)
    input=$(sed -n 's/^.*: input //p' <<<"$summary")
    memory=$(value memory)
    infer=${memory#* train, }
    field=$(value field)
    printf '| [%s](%s.yaml) | %s | %s | %s | %s | %s | %s |\n' "$name" "$name" "$input" "$(value parameters | sed 's/ .*//')" \
      "$(value MACs | sed 's/ a sample//')" "${field%% at *}" "${memory%% to train*}" "${infer%% to infer*}"
  done
} >configs/zoo/README.md
