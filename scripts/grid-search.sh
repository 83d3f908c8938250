#!/usr/bin/env bash
# Trains every combination of the given values, one run directory each, and ranks them.
# Knows trials, their folders and metrics.csv; knows nothing of what the keys mean.
#
# Usage: scripts/grid-search.sh CONFIG KEY=V1,V2,... [KEY=V1,V2,...]... [OPTION...] [-- TRAIN-ARGUMENT...]
#   e.g. scripts/grid-search.sh configs/lenet.yaml optimizer.lr=0.1,0.01 data.batch_size=32,64 -- train.epochs=3
#   A value may hold commas inside brackets: model.layers.0.conv2d.kernel_size=[1,3],[3,3]
#   --out DIR        where the trials go; default: runs/grid-<name of the config file>
#   --metric NAME    column of metrics.csv to rank by; default: val_top1, or train_loss where no sample is held back
#   --mode max|min   what is better; default: min for a loss, max for everything else
#   --threads N      processors for each trial
#   --dry-run        list the trials and stop
#
# Run the same command again after an interruption: finished trials are skipped, an unfinished one goes on where it
# was, a failed one is tried again (save one that diverged: that is a result). DIR/results.csv holds the ranking.
# Exit code: 0 if every trial finished, 1 if some did not, 2 for a wrong command line, 130 if stopped.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cnnctl=${CNNCTL:-$here/../build/cnnctl}

# shellcheck source-path=SCRIPTDIR source=lib/grid-results.sh
source "$here/lib/grid-results.sh"

say() { printf '%s\n' "$*" >&2; }
die() { say "grid-search: error: $*"; exit 2; }
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

# Splits $1 at the commas outside of brackets, into the array `values`.
split_values() {
  local text=$1 depth=0 value='' i c
  values=()
  for ((i = 0; i < ${#text}; i++)); do
    c=${text:i:1}
    case $c in
      '[' | '{') depth=$((depth + 1)) ;;
      ']' | '}') depth=$((depth - 1)) ;;
    esac
    if [[ $c == , && $depth -eq 0 ]]; then
      values+=("$value")
      value=''
    else
      value+=$c
    fi
  done
  [[ $depth -eq 0 ]] || die "the brackets of '$text' do not match"
  values+=("$value")
}

# Adds the argument KEY=V1,V2 to the grid: `keys`, and `choices` with the values of each key, one a line.
keys=() choices=()
add_key() {
  local key=${1%%=*} known value
  [[ $1 == *=* && -n $key ]] || die "'$1' is not KEY=VALUE,... (as in optimizer.lr=0.1,0.01)"
  for known in "${keys[@]}"; do [[ $known != "$key" ]] || die "the key '$key' is given twice"; done
  split_values "${1#*=}"
  for value in "${values[@]}"; do [[ -n $value ]] || die "an empty value in '$1'"; done
  [[ $(printf '%s\n' "${values[@]}" | sort -u | wc -l) -eq ${#values[@]} ]] || die "a value is given twice in '$1'"
  keys+=("$key")
  choices+=("$(printf '%s\n' "${values[@]}")")
}

# `short[i]`: the last part of keys[i], or all of it where two keys end alike.
shorten_keys() {
  local i j
  for i in "${!keys[@]}"; do
    short[i]=${keys[i]##*.}
    for j in "${!keys[@]}"; do
      [[ $i -eq $j || ${keys[i]##*.} != "${keys[j]##*.}" ]] || short[i]=${keys[i]}
    done
  done
}

# `names` and `overrides` (one a line) of every combination; the last key changes fastest.
make_trials() {
  local i value trial next_names next_overrides
  names=('') overrides=('')
  for i in "${!keys[@]}"; do
    next_names=() next_overrides=()
    for trial in "${!names[@]}"; do
      while IFS= read -r value; do
        next_names+=("${names[trial]:+${names[trial]},}${short[i]}=${value//[^A-Za-z0-9_.,:+=\[\]\{\}-]/_}")
        next_overrides+=("${overrides[trial]:+${overrides[trial]}$'\n'}${keys[i]}=$value")
      done <<<"${choices[i]}"
    done
    names=("${next_names[@]}") overrides=("${next_overrides[@]}")
  done
  # A name must be one of a kind and fit into a file name of 255 bytes.
  local -A seen=()
  for trial in "${!names[@]}"; do
    if [[ ${#names[trial]} -gt 200 || -n ${seen[${names[trial]}]-} ]]; then
      names[trial]=${names[trial]:0:200}~$(cksum <<<"${overrides[trial]}" | cut -d' ' -f1)
    fi
    seen[${names[trial]}]=1
  done
}

# What trial $1 is made of; if it changes under a finished trial, its result is no longer the answer.
recipe() { printf '%s\n' "${overrides[$1]}" "-- ${extra[*]-}" "config $(cksum <"$config")"; }

# Files that this script keeps of trial $1: $book.recipe, $book.log, $book.status ("EXIT-CODE MESSAGE", written last).
book_of() { book=$out/.search/${names[$1]}; }
status_of() { cut -d' ' -f1 "$book.status" 2>/dev/null || echo none; }
message_of() { sed 's/^[0-9]* *//' "$book.status" 2>/dev/null || true; }

# The child runs in the background so that a signal to the search reaches it at once, as SIGTERM: it saves and leaves.
child=0 stopped=0
stop() {
  stopped=1
  if [[ $child -ne 0 ]]; then kill -TERM "$child" 2>/dev/null || true; fi
}

# Runs the command, output to the log; its exit code in `code`. A trapped signal interrupts `wait`, hence the loop.
run_child() {
  "$@" </dev/null >>"$book.log" 2>&1 &
  child=$!
  if [[ $stopped -eq 1 ]]; then stop; fi
  while :; do
    code=0
    wait "$child" || code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=0
}

run_trial() {
  local dir=$out/${names[$1]} arguments=() message=''
  mapfile -t arguments <<<"${overrides[$1]}"
  rm -f -- "$book.status"
  if [[ -f $dir/checkpoints/state.safetensors ]]; then
    run_child "$cnnctl" train --resume "$dir" "${threads[@]}"
  else
    rm -rf -- "$dir"  # began, but saved nothing yet
    recipe "$1" >"$book.recipe"
    : >"$book.log"
    run_child "$cnnctl" train "$config" "${arguments[@]}" "${extra[@]}" --run-dir "$dir" "${threads[@]}"
  fi
  # Ended by a signal after saving, whoever sent it: the search ends too, and the trial stays unfinished.
  if [[ $stopped -eq 1 || $code -eq 130 || $code -eq 143 ]]; then
    stopped=1
    return
  fi
  if [[ $code -ne 0 ]]; then message=$(grep -a 'error' "$book.log" | tail -n 1 || true); fi
  if [[ $code -ne 0 && -z $message ]]; then message=$(tail -n 1 "$book.log"); fi
  printf '%s %s\n' "$code" "$message" >"$book.status.new"
  mv -f -- "$book.status.new" "$book.status"
}

# Refuses to mix trials of another config or other arguments with this search.
check_recipes() {
  local trial
  for trial in "${!names[@]}"; do
    book_of "$trial"
    [[ -f $book.recipe && -d $out/${names[trial]} ]] || continue
    case $(status_of) in 0 | 8) ;; *) [[ -f $out/${names[trial]}/checkpoints/state.safetensors ]] || continue ;; esac
    [[ $(recipe "$trial") == "$(cat "$book.recipe")" ]] ||
      die "$out/${names[trial]} was trained from another config or with other arguments; choose another --out, or delete it"
  done
}

search() {
  local trial dir value epoch seconds position
  for trial in "${!names[@]}"; do
    book_of "$trial"
    dir=$out/${names[trial]}
    position="[$((trial + 1))/${#names[@]}] ${names[trial]}"
    if [[ -d $dir && $(status_of) =~ ^(0|8)$ ]]; then
      say "$position: $(state_word "$(status_of)") before"
      continue
    fi
    say "$position: training, output in $book.log"
    run_trial "$trial"
    save_results
    if [[ $stopped -eq 1 ]]; then return; fi
    read -r value epoch _ seconds <<<"$(best_epoch "$dir/metrics.csv")"
    if [[ $code -ne 0 ]]; then
      say "$position: $(state_word "$code") (exit code $code): $(message_of)"
    elif [[ $value == - ]]; then
      die "$dir/metrics.csv has no values of '$metric' (its columns: $(head -n 1 "$dir/metrics.csv")); choose another --metric"
    else
      say "$position: $metric $value in epoch $epoch, $seconds s"
    fi
  done
}

config='' out='' metric='' mode='' threads=() dry_run=0 extra=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --out | --metric | --mode | --threads) [[ $# -gt 1 && -n $2 ]] || die "$1 needs a value" ;;&
    --out) out=${2%/}; shift 2 ;;
    --metric) metric=$2; shift 2 ;;
    --mode) mode=$2; shift 2 ;;
    --threads) threads=(--threads "$2"); shift 2 ;;
    --dry-run) dry_run=1; shift ;;
    -h | --help) usage; exit 0 ;;
    --) shift; extra=("$@"); break ;;
    -*) die "unknown option '$1' (--out, --metric, --mode, --threads, --dry-run; arguments for train stand behind --)" ;;
    *) if [[ -z $config ]]; then config=$1; else add_key "$1"; fi; shift ;;
  esac
done
[[ -n $config ]] || { usage >&2; exit 2; }
[[ -f $config ]] || die "there is no config file '$config'"
[[ ${#keys[@]} -gt 0 ]] || die "nothing to search: give at least one KEY=V1,V2 (as in optimizer.lr=0.1,0.01)"
[[ -z $mode || $mode == max || $mode == min ]] || die "--mode is max or min, not '$mode'"
if [[ -z $out ]]; then
  out=${config##*/}
  out=runs/grid-${out%.*}
fi

shorten_keys
make_trials
if [[ $dry_run -eq 1 ]]; then
  for trial in "${!names[@]}"; do printf '%s: %s\n' "${names[trial]}" "${overrides[trial]//$'\n'/ }"; done
  exit 0
fi
[[ -x $cnnctl ]] || die "there is no $cnnctl: build it with make, or set CNNCTL"
mkdir -p "$out/.search"
check_recipes

trap stop INT TERM HUP
say "grid-search: ${#names[@]} trials in $out"
search
save_results
print_table <"$out/.search/ranking"
print_best
say "grid-search: the table is in $out/results.csv"
if [[ $stopped -eq 1 ]]; then
  say "grid-search: stopped; the same command goes on from here"
  exit 130
fi
awk -F'\t' '$6 != "finished" { exit 1 }' "$out/.search/ranking"
