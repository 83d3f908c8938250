# Runs that are disturbed, and how they are told from the undisturbed one. Sourced by crash-campaign.sh.
# Sets `run`, the folder that is disturbed, and `code`, how the last process ended; counts in `passes` and `failures`.
# shellcheck shell=bash disable=SC2034,SC2154

run=$work/run code=0
passes=0 failures=0 total=0 family_failures=0 left_out=''

# Everything random is in it, and it saves often.
cat >"$work/net.yaml" <<'YAML'
name: crash
seed: 7
data:
  {format: synthetic, classes: 4, count: 800, test_count: 8, shape: [1, 8, 8], noise: 0.1, validation: 0.25,
   batch_size: 8, augment: [horizontal_flip]}
model:
  input: [1, 8, 8]
  layers:
    - conv2d: {out_channels: 8, kernel_size: 3, padding: 1, bias: false}
    - batch_norm2d
    - relu
    - max_pool2d: 2
    - flatten
    - dropout: 0.1
    - linear: 64
    - relu
    - linear: 4
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
lr_scheduler: cosine
train: {epochs: 3}
checkpoint: {every_steps: 15, every_epochs: 2}
YAML
training=(train "$work/net.yaml" --threads 1 --progress none)

# resume_arguments: what goes on with the run, or begins it where there is none yet; in `arguments`.
resume_arguments() {
  arguments=("${training[@]}" --run-dir "$run")
  [[ ! -e $run/config.resolved.yaml ]] || arguments=(train --resume "$run" --threads 1 --progress none)
}

# start: the training in the background, begun or gone on with; its process is `pid`.
start() {
  local arguments
  resume_arguments
  "$cnnctl" "${arguments[@]}" >"$work/out" 2>"$work/err" &
  pid=$!
}

# ended: waits for `pid`.
ended() {
  code=0
  { wait "$pid" || code=$?; } 2>/dev/null  # the shell tells of signals
}

# train: begins or goes on, in the foreground.
train() {
  local pid
  start
  ended
}

# failed WHAT: tells of a case that went wrong.
failed() {
  family_failures=$((family_failures + 1))
  { echo "crash-campaign: FAILED: $1" && sed 's/^/    /' "$work/err"; } >&3
}

# refused WHAT REASON: the process ended with 6 and one message, which gives the reason.
refused() {
  [[ $code == 6 ]] || { failed "$1: ended with $code"; return; }
  [[ $(grep -c 'error: ' "$work/err") == 1 && $(grep -c "error: .*$2" "$work/err") == 1 ]] ||
    failed "$1: ended with 6, but not with one clear message"
  ! compgen -G "$run/*.tmp-*" "$run/*/*.tmp-*" >/dev/null || failed "$1: left a temporary file"
}

# check_whole WHAT: every checkpoint that stands under its final name is whole.
check_whole() {
  local file
  for file in "$run"/checkpoints/*.safetensors; do
    [[ ! -e $file ]] || "$cnnctl" checkpoint verify "$file" >/dev/null 2>"$work/err" || failed "$1: $file is damaged"
  done
}

# numbers FOLDER: metrics.csv without what the clock says.
numbers() {
  awk -F, -v OFS=, '
    NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "seconds" || $i == "images_per_second") clock[i] = 1 }
    { for (i in clock) $i = ""; print }' "$1/metrics.csv"
}

# same WHAT: the run has every bit of the undisturbed one.
same() {
  local name
  for name in "$work"/whole/checkpoints/*; do
    cmp -s "$name" "$run/checkpoints/${name##*/}" || { failed "$1: another ${name##*/}"; return; }
  done
  [[ $(ls -A "$run/checkpoints") == "$(ls -A "$work/whole/checkpoints")" ]] || { failed "$1: other files"; return; }
  [[ $(numbers "$run") == "$(numbers "$work/whole")" ]] || failed "$1: another metrics.csv"
}

# finish WHAT: goes on to the end, undisturbed; the run must be the same, and its folder is made free.
finish() {
  train
  if [[ $code == 0 ]]; then same "$1"; else failed "$1: could not go on, ended with $code"; fi
  rm -rf -- "$run"
}

# The run that all others are compared with: its folder, its time and its sizes.
undisturbed() {
  local begin=${EPOCHREALTIME/./}
  train
  duration=$(((${EPOCHREALTIME/./} - begin) / 1000))
  [[ $code == 0 ]] || { cat "$work/err" >&2; exit 1; }
  mv "$run" "$work/whole"
  run_bytes=$(du -s --block-size=1 "$work/whole" | cut -f1)
  largest_bytes=$(find "$work/whole" -type f -printf '%s\n' | sort -n | tail -n 1)
}

# family NAME TITLE FUNCTION: runs the cases of a family, unless another one alone is wanted, and prints its line.
family() {
  [[ -z $only || $only == "$1" ]] || return 0
  total=0 family_failures=0 left_out=''
  rm -rf -- "$run"
  "$3"
  [[ -z $left_out ]] || { echo "$2: left out $left_out"; return 0; }
  ((family_failures <= total)) || family_failures=$total
  passes=$((passes + total - family_failures)) failures=$((failures + family_failures))
  printf '%-40s %d passed, %d failed\n' "$2:" $((total - family_failures)) "$family_failures"
}
