#!/usr/bin/env bash
# Proves that nothing is lost: trains a small net once undisturbed, then kills it, fails its system calls, fills its disk
# and doubles its signals, goes on, and compares every checkpoint and number with those of the undisturbed run, bit by bit.
# Prints one line a family; the last line counts. A kill or a failure that did not really happen counts as failed.
#
# Usage: scripts/crash-campaign.sh [N] [--seed S] [--only FAMILY]
#   N         kills at random moments, and at most as many cases of each other family, drawn by S; default: 20
#   FAMILY    kill, walk, fail, short, signals, full, limit or two
# What needs strace (Debian's package of that name) or root is left out, and said to be, where there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cnnctl=${CNNCTL_BINARY:-$PWD/build/cnnctl}
[[ -x $cnnctl ]] || { echo "crash-campaign: error: $cnnctl is missing; make builds it" >&2; exit 2; }

count=20 seed=1 only=''
while (($#)); do
  case $1 in
    --seed) seed=${2:?} && shift ;;
    --only) only=${2:?} && shift ;;
    [1-9]*) count=$1 ;;
    *) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" && exit 2 ;;
  esac
  shift
done
RANDOM=$seed
exec 3>&2  # for what went wrong
work=$(mktemp -d)
leave() {
  ! mountpoint -q "$work/disk" || umount "$work/disk"
  rm -rf -- "$work"
}
trap leave EXIT

# shellcheck source-path=SCRIPTDIR source=lib/crash-run.sh
source scripts/lib/crash-run.sh
# shellcheck source-path=SCRIPTDIR source=lib/crash-inject.sh
source scripts/lib/crash-inject.sh

# wait_for FILE PROCESS: until the file is there, or the process has ended.
wait_for() {
  until [[ -e $1 ]] || ! kill -0 "$2" 2>/dev/null; do sleep 0.005; done
}

# Kills at random moments, several in a row now and then, from the process's first instruction to its last.
kill_family() {
  local killed=0 tries=0 pid moment
  while ((killed < count)); do
    ((++tries <= 20 * count)) || { failed "only $killed of $tries runs could be killed"; return 0; }
    moment=$((RANDOM % (duration + 20)))
    start
    sleep "$(printf '0.%03d' "$moment")"
    kill -KILL "$pid" 2>/dev/null || true
    ended
    if [[ $code == 137 ]]; then
      killed=$((killed + 1)) total=$((total + 1))
      check_whole "kill -9 after $moment ms"
      ((RANDOM % 2)) || continue  # killed again while it goes on
    elif [[ $code != 0 ]]; then
      total=$((total + 1))
      failed "ended with $code before the kill after $moment ms"
    fi
    finish "kill -9 after $moment ms"
  done
}

# A second signal while the first one's save is under way ends the process at once; in any case nothing is lost. A run
# that ends before the signals come is none of the cases.
signals_family() {
  local first second pair pid met tries
  for pair in "INT INT" "TERM INT" "HUP TERM"; do
    read -r first second <<<"$pair"
    for ((met = 0, tries = 0; met < count && tries < 10 * count; ++tries)); do
      start
      wait_for "$run/checkpoints/state.safetensors" "$pid"
      sleep "0.0$((RANDOM % 5))"
      if kill -"$first" "$pid" 2>/dev/null; then
        sleep "0.00$((RANDOM % 10))"
        kill -"$second" "$pid" 2>/dev/null || true
      fi
      ended
      if [[ $code != 0 ]]; then
        met=$((met + 1)) total=$((total + 1))
        [[ $code == $((128 + $(kill -l "$first"))) || $code == $((128 + $(kill -l "$second"))) ]] ||
          failed "signals $pair: ended with $code"
      fi
      check_whole "signals $pair"
      finish "signals $pair"
    done
    ((met == count)) || failed "signals $pair: only $met of $tries runs met them"
  done
}

# A second signal in the very middle of the save that the first one asked for.
slow_signals_family() {
  local pid
  have_strace || { no_strace; return 0; }
  total=$((total + 1))
  prepare_ready
  "${strace[@]}" -D -e trace=fsync -e inject=fsync:delay_enter=300000 -- "$cnnctl" train --resume "$run" --threads 1 \
    --progress none >"$work/out" 2>"$work/err" &
  pid=$!
  until grep -q fsync "$work/trace" 2>/dev/null; do sleep 0.01; done
  kill -TERM "$pid"
  sleep 0.05
  kill -INT "$pid"
  ended
  [[ $code == 130 ]] || failed "SIGINT in the save after SIGTERM: ended with $code"
  check_whole "SIGINT in the save after SIGTERM"
  finish "SIGINT in the save after SIGTERM"
}

# failed_by WHAT: a run that was refused room ended with 6 and one message, or did without it.
failed_by() {
  total=$((total + 1))
  [[ $code == 0 ]] || refused "$1" ''
  check_whole "$1"
}

# A disk that is full sooner or later, then has room again. Writes that do not fit are cut short by the system.
full_family() {
  local size pages=$((run_bytes / 4096 + 12)) step refusals=0
  mkdir -p "$work/disk"
  mount -t tmpfs -o size=1m tmpfs "$work/disk" 2>/dev/null || { left_out="a full disk, which takes root and mount"; return 0; }
  step=$((pages / count + 1))
  for ((size = 1; size <= pages; size += step)); do
    mount -o "remount,size=$((size * 4))k" "$work/disk"
    run=$work/disk/run
    train
    [[ $code != 6 ]] || refusals=$((refusals + 1))
    failed_by "a disk of $size pages"
    mount -o remount,size=64m "$work/disk"
    finish "a disk of $size pages"
  done
  umount "$work/disk"
  run=$work/run
  ((refusals > 0)) || failed "no disk was ever full"
}

# Files that may not grow beyond a limit.
limit_family() {
  local kib largest=$((largest_bytes / 1024 + 1)) step refusals=0
  step=$((largest / count + 1))
  for ((kib = 0; kib <= largest; kib += step)); do
    code=0  # the message goes through a pipe, which has no limit
    (ulimit -f "$kib" && exec "$cnnctl" "${training[@]}" --run-dir "$run") 2>&1 >/dev/null | cat >"$work/err" ||
      code=${PIPESTATUS[0]}
    [[ $code != 6 ]] || refusals=$((refusals + 1))
    failed_by "files of at most $kib KiB"
    finish "files of at most $kib KiB"
  done
  ((refusals > 0)) || failed "no file was ever too large"
}

# Two at once: one works, the other is told so and harms nothing.
two_family() {
  local pid i other
  for ((i = 0; i < (count + 3) / 4; ++i)); do
    total=$((total + 1))
    start
    wait_for "$run/checkpoints/state.safetensors" "$pid"
    kill -STOP "$pid"
    other=0
    "$cnnctl" train --resume "$run" --progress none >/dev/null 2>"$work/other" || other=$?
    kill -CONT "$pid"
    ended
    [[ $other == 9 && $(grep -c 'in use by process' "$work/other") == 1 ]] || failed "the second of two ended with $other"
    [[ $code == 0 ]] || failed "the first of two ended with $code"
    finish "two at once"
  done
}

undisturbed
family kill "kill -9 at random moments" kill_family
family walk "kill at every system call" walk_family
family fail "failing system calls" fail_family
family fail "failing system calls of checkpoint" fail_checkpoint_family
family short "short and interrupted writes" short_family
family signals "two signals" signals_family 2>/dev/null  # the shell tells of every SIGHUP
family signals "a signal in the save after a signal" slow_signals_family
family full "full disk" full_family
family limit "limited file size" limit_family
family two "two processes" two_family

echo "$passes passed, $failures failed"
((failures == 0))
