# Kills and failures at single system calls, through strace's injection, and writes that are short. Sourced by
# crash-campaign.sh; crash-run.sh says what a run is.
# shellcheck shell=bash disable=SC2034,SC2154

# Not with --seccomp-bpf: strace 6.1 then delivers no signal, and says nothing of it.
strace=(strace -f -q -y -s 0 -o "$work/trace")

# What is done with files, and how it may fail. EINTR is no failure: the call is made again.
declare -A errors=(
  [openat]='EMFILE ENOSPC EIO EINTR' [write]='ENOSPC EIO EINTR' [fsync]='EIO ENOSPC EINTR' [rename]='EIO ENOSPC'
  [ftruncate]='EIO EINTR' [mkdir]='ENOSPC EIO' [close]='EIO EINTR' [pread64]='EIO EINTR' [read]='EIO EINTR'
  [newfstatat]='EIO ENOMEM' [flock]='ENOLCK EINTR' [getdents64]='EIO' [unlink]='EIO' [lseek]='EIO'
)
declare -A reasons=(
  [EMFILE]='Too many open files' [ENOSPC]='No space left on device' [EIO]='Input/output error'
  [ENOMEM]='Cannot allocate memory' [ENOLCK]='No locks available' [EINTR]='Interrupted system call'
)
every_call=$(IFS=, && echo "${!errors[*]}")

# have_strace: whether calls can be injected here; if not, says what is left out.
have_strace() {
  [[ -z ${can_inject-} ]] || return "$can_inject"
  can_inject=0
  strace -f -qq -o "$work/trace" -e trace=close -e inject=close:error=EIO:when=1 true 2>/dev/null || true
  grep -qs INJECTED "$work/trace" || can_inject=1
  return "$can_inject"
}
no_strace() { left_out="for want of strace (Debian's package strace), or of leave to trace"; }

# calls_of FOLDER COMMAND...: fills `calls` with "NAME NUMBER" of each system call of the command's first thread that
# touches the folder; NUMBER counts those of the same name, from 1.
calls_of() {
  local folder=$1
  shift
  "${strace[@]}" -e trace="$every_call" -- "$@" >"$work/out" 2>"$work/err" || { failed "$1 with strace"; return 0; }
  mapfile -t calls < <(awk -v folder="$folder" '
    NR == 1 { first = $1 }
    $1 == first && match($2, /^[a-z0-9_]+[(]/) {
      name = substr($2, 1, RLENGTH - 1)
      ++number[name]
      if (index($0, folder)) print name, number[name]
    }' "$work/trace")
  ((${#calls[@]} > 0)) || failed "no system call touches $folder"
}

# injected CALL NUMBER WHAT COMMAND...: the command with WHAT injected; fails the case if that did not happen.
injected() {
  local call=$1 number=$2 what=$3
  shift 3
  code=0
  { "${strace[@]}" -e trace="$call" -e inject="$call:$what:when=$number" -- "$@" </dev/null >"$work/out" 2>"$work/err" || code=$?; } \
    2>/dev/null
  grep -q -e INJECTED -e 'killed by SIG' -e '--- SIG' "$work/trace" || failed "$call $number was not injected with $what"
}

# prepare_ready: the run in a state from which it is not far to the end: stopped by a signal in one of its last saves.
prepare_ready() {
  if [[ ! -d $work/ready ]]; then
    local syncs
    rm -rf -- "$run"
    calls_of "$run" "$cnnctl" "${training[@]}" --run-dir "$run"
    syncs=$(printf '%s\n' "${calls[@]}" | grep -c '^fsync')
    rm -rf -- "$run"
    injected fsync $((syncs - 8)) signal=TERM "$cnnctl" "${training[@]}" --run-dir "$run"
    [[ $code == 143 ]] || failed "SIGTERM in a save: ended with $code"
    mv "$run" "$work/ready"
  fi
  rm -rf -- "$run"
  cp -a "$work/ready" "$run"
}
prepare_fresh() { rm -rf -- "$run"; }

# window: keeps `count` neighbours of `calls`, from a random one on.
window() {
  ((${#calls[@]} <= count)) || calls=("${calls[@]:RANDOM % (${#calls[@]} - count + 1):count}")
}

# Kills at each call in turn of what a run does to its folder: a beginning, and a going on up to the end.
walk_family() {
  have_strace || { no_strace; return 0; }
  local from call number arguments
  for from in fresh ready; do
    prepare_$from
    resume_arguments
    calls_of "$run" "$cnnctl" "${arguments[@]}"
    window
    while read -r call number; do
      total=$((total + 1))
      prepare_$from
      injected "$call" "$number" signal=KILL "$cnnctl" "${arguments[@]}"
      [[ $code == 137 ]] || failed "$from, killed at $call $number: ended with $code"
      check_whole "$from, killed at $call $number"
      finish "$from, killed at $call $number"
    done < <(printf '%s\n' "${calls[@]}")
  done
}

# failures_of: fills `cases` with "NAME NUMBER ERROR", at most `count`, drawn from all that `calls` may meet.
failures_of() {
  local call number error
  mapfile -t cases < <(
    printf '%s\n' "${calls[@]}" | while read -r call number; do
      for error in ${errors[$call]}; do echo "$call $number $error"; done
    done | awk -v seed="$RANDOM" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -g | cut -f2 | head -n "$count"
  )
}

# Every call that touches the folder fails in every way: the run ends with 6 and one message, or does without.
fail_family() {
  have_strace || { no_strace; return 0; }
  local from call number error arguments cases
  for from in fresh ready; do
    prepare_$from
    resume_arguments
    calls_of "$run" "$cnnctl" "${arguments[@]}"
    failures_of
    while read -r call number error; do
      total=$((total + 1))
      prepare_$from
      injected "$call" "$number" "error=$error" "$cnnctl" "${arguments[@]}"
      outcome "$from, $error from $call $number" "$error"
      if [[ $code == 0 ]]; then same "$from, $error from $call $number"; fi
      [[ $from == fresh || -e $run/checkpoints/state.safetensors ]] || failed "$from: $call $number lost the state"
      check_whole "$from, $error from $call $number"
      finish "$from, $error from $call $number"
    done < <(printf '%s\n' "${cases[@]}")
  done
}

# outcome WHAT ERROR: an interrupted call is no failure; another error ends with 6, or with 0 where nothing hung on it.
outcome() {
  [[ $code == 0 ]] && return
  [[ $2 != EINTR ]] || { failed "$1: ended with $code"; return 0; }
  refused "$1" "${reasons[$2]}"
}

# The same of commands that only read.
fail_checkpoint_family() {
  have_strace || { no_strace; return 0; }
  local call number error cases calls command last=$work/whole/checkpoints/last.safetensors
  for command in "verify $work/whole" "inspect $last --format json" "diff $last $work/whole/checkpoints/best.safetensors"; do
    read -ra command <<<"checkpoint $command"
    calls_of "$work/" "$cnnctl" "${command[@]}"
    cp "$work/out" "$work/expected"
    failures_of
    while read -r call number error; do
      total=$((total + 1))
      injected "$call" "$number" "error=$error" "$cnnctl" "${command[@]}"
      outcome "${command[*]:0:2}, $error from $call $number" "$error"
      [[ $code != 0 ]] || cmp -s "$work/out" "$work/expected" || failed "${command[1]}, $error from $call $number: says else"
    done < <(printf '%s\n' "${cases[@]}")
  done
}

# Writes that take a part only, or are interrupted, as the system is free to do: nothing changes.
short_family() {
  local arguments i
  command -v cc >/dev/null || { left_out="for want of a C compiler"; return 0; }
  grep -qa -e __asan_init -e __tsan_init "$cnnctl" && { left_out="with a sanitizer"; return 0; }
  cc -O1 -shared -fPIC -o "$work/short.so" scripts/lib/short-writes.c
  for ((i = 0; i < (count + 3) / 4; ++i)); do
    total=$((total + 1))
    resume_arguments
    code=0
    SHORT_WRITES=$RANDOM SHORT_WRITES_COUNT=$work/short LD_PRELOAD=$work/short.so "$cnnctl" "${arguments[@]}" \
      >"$work/out" 2>"$work/err" || code=$?
    [[ $code == 0 ]] || failed "short writes: ended with $code"
    [[ -s $work/short ]] || failed "no write was short"
    if [[ $code == 0 ]]; then same "short writes"; fi
    rm -rf -- "$run" "$work/short"
  done
}
