#!/usr/bin/env bash
# Holds scripts/grid-search.sh to its promises, with a stand-in for cnnctl that is told what to do by its overrides.
# With CNNCTL_BINARY set, a small search with the real program joins in.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work"

failures=0
fail() { printf 'FAILED: %s\n' "$*" >&2; failures=$((failures + 1)); }
# expect WHAT ACTUAL EXPECTED
expect() { [[ $2 == "$3" ]] || fail "$1: got '$2', expected '$3'"; }
# holds WHAT FILE FIXED-STRING
holds() { grep -qF -- "$3" "$2" || fail "$1: '$3' is not in $2: $(cat "$2")"; }

# The stand-in: `train CONFIG [KEY=VALUE]... --run-dir DIR` and `train --resume DIR`. Its accuracy is 1 - lr.
#   sleep=S   saves its state, then works S seconds; SIGTERM ends it with code 143
#   plain=1   no sample is held back: the columns of the validation are empty
#   fail=C    ends with exit code C and an error message
cat >fake <<'END'
#!/usr/bin/env bash
set -eu
shift
printf '%s\n' "$*" >>calls
lr=0 sleep=0 fail=0 plain=0 dir='' resume=0
while [[ $# -gt 0 ]]; do
  case $1 in
    --run-dir) dir=$2; shift ;;
    --resume) dir=$2; resume=1; shift ;;
    --threads) shift ;;
    optimizer.lr=*) lr=${1#*=} ;;
    debug.sleep=*) sleep=${1#*=} ;;
    debug.plain=*) plain=${1#*=} ;;
    debug.fail=*) fail=${1#*=} ;;
  esac
  shift
done
if [[ $resume -eq 1 ]]; then lr=$(cat "$dir/lr"); else mkdir "$dir" "$dir/checkpoints"; fi
echo "$lr" >"$dir/lr"
if [[ $fail -ne 0 ]]; then echo "fake: error: told to \"fail\", with $fail" >&2; exit "$fail"; fi
touch "$dir/checkpoints/state.safetensors"
if [[ $resume -eq 0 && $sleep != 0 ]]; then
  trap 'kill $!; exit 143' TERM
  sleep "$sleep" &
  wait
fi
{
  echo epoch,step,lr,train_loss,train_top1,val_loss,val_top1,seconds,images_per_second,weights_hash
  awk -v lr="$lr" -v plain="$plain" 'BEGIN {
    for (e = 1; e <= 3; e++)
      printf "%d,%d,%s,%g,0.1,%s,1.5,100,00\n", e, e, lr, 9 - lr, plain ? "," : lr + e "," 1 - lr - e / 100
  }'
} >"$dir/metrics.csv"
END
chmod +x fake
echo 'name: x' >net.yaml

# grid ARGUMENT...: runs the search; exit code in `code`, streams in out and err.
grid() {
  code=0
  CNNCTL=$work/fake "$root/scripts/grid-search.sh" "$@" >out 2>err || code=$?
}
calls() { wc -l <calls; }

# Every combination, ranked, with the overrides and the further arguments handed on.
grid net.yaml optimizer.lr=0.1,0.01 data.batch_size=32,64 --threads 2 -- train.epochs=3
expect "four trials end well" "$code" 0
expect "four trials run" "$(calls)" 4
expect "arguments" "$(head -n 1 calls)" \
  "net.yaml optimizer.lr=0.1 data.batch_size=32 train.epochs=3 --run-dir runs/grid-net/lr=0.1,batch_size=32 --threads 2"
expect "the best stands first" "$(sed -n 2p runs/grid-net/results.csv)" \
  '1,"lr=0.01,batch_size=32",0.01,32,0.98,1,1.01,4.5,finished,0,,"runs/grid-net/lr=0.01,batch_size=32"'
expect "header" "$(head -n 1 runs/grid-net/results.csv)" \
  'rank,trial,optimizer.lr,data.batch_size,val_top1,epoch,loss,seconds,state,exit_code,error,run_dir'
expect "rows" "$(wc -l <runs/grid-net/results.csv)" 5
expect "the table" "$(cat out)" \
  'rank  lr    batch_size  val_top1  epoch  loss  seconds  state
1     0.01  32          0.98      1      1.01  4.5      finished
2     0.01  64          0.98      1      1.01  4.5      finished
3     0.1   32          0.89      1      1.1   4.5      finished
4     0.1   64          0.89      1      1.1   4.5      finished
best: runs/grid-net/lr=0.01,batch_size=32'

# Again: nothing to do. Another recipe: refused.
grid net.yaml optimizer.lr=0.1,0.01 data.batch_size=32,64 --threads 2 -- train.epochs=3
expect "a second run does nothing" "$code $(calls)" "0 4"
grid net.yaml optimizer.lr=0.1,0.01 data.batch_size=32,64 -- train.epochs=4
expect "other arguments are refused" "$code $(calls)" "2 4"
holds "other arguments are refused" err 'was trained from another config or with other arguments'
# A larger grid keeps what is there.
grid net.yaml optimizer.lr=0.1,0.01 data.batch_size=32,64,128 -- train.epochs=3
expect "a larger grid runs the rest" "$code $(calls)" "0 6"

# A failing trial does not end the search; it is tried again, a diverged one is not.
rm calls
grid net.yaml optimizer.lr=0.5 debug.fail=0,3,8 --out failing
expect "some failed" "$code $(calls)" "1 3"
holds "quoted error" failing/results.csv \
  ',failed,3,"fake: error: told to ""fail"", with 3","failing/lr=0.5,fail=3"'
holds "a failure is told at once" err '[2/3] lr=0.5,fail=3: failed (exit code 3): fake: error: told to "fail", with 3'
holds "diverged" failing/results.csv ',diverged,8,'
grid net.yaml optimizer.lr=0.5 debug.fail=0,3,8 --out failing
expect "only the failed one again" "$code $(calls)" "1 4"

# Stopped by a signal: the trial saves, the search ends, the next call goes on.
rm calls
CNNCTL=$work/fake "$root/scripts/grid-search.sh" net.yaml optimizer.lr=0.1,0.2 debug.sleep=0,60 --out stopped >out 2>err &
search=$!
for ((i = 0; i < 200; i++)); do [[ -f stopped/lr=0.1,sleep=60/checkpoints/state.safetensors ]] && break; sleep 0.05; done
sleep 0.2
kill -TERM $search
code=0 SECONDS=0
wait $search || code=$?
[[ $SECONDS -lt 30 ]] || fail "stopping took $SECONDS seconds"
expect "stopped" "$code $(calls)" "130 2"
holds "stopped" err 'the same command goes on from here'
holds "stopped" stopped/results.csv ',unfinished,'
grid net.yaml optimizer.lr=0.1 debug.sleep=0,60 --out stopped
expect "goes on" "$code $(tail -n 1 calls)" "0 --resume stopped/lr=0.1,sleep=60"

# Ranking by a loss; names of keys that end alike; commas in brackets.
grid net.yaml optimizer.lr=0.3,0.2 --metric val_loss --out loss
expect "the smallest loss stands first" "$(sed -n 2p loss/results.csv)" "1,lr=0.2,0.2,1.2,1,1.2,4.5,finished,0,,loss/lr=0.2"
grid net.yaml optimizer.lr=0.3,0.4 debug.plain=1 --out plain
expect "without validation" "$code $(cut -d, -f1,4-7 plain/results.csv | head -n 2 | tr '\n' ' ')" \
  '0 rank,debug.plain,train_loss,epoch,loss 1,0.4,1,8.6,1 '
grid net.yaml a.size=[1,2],3 b.size='{x: 1, y: 2}' --dry-run
expect "dry run" "$(cat out)" \
  'a.size=[1,2],b.size={x:_1,_y:_2}: a.size=[1,2] b.size={x: 1, y: 2}
a.size=3,b.size={x:_1,_y:_2}: a.size=3 b.size={x: 1, y: 2}'
grid net.yaml a=x/y,x_y --dry-run
expect "names stay apart" "$(cut -d: -f1 out | sort -u | wc -l)" 2

# A table stays within 80 columns, and its digits are as many as one reads; the CSV has them all.
long=$(printf 'x%.0s' {1..90})
grid net.yaml optimizer.lr=0.123456789 a.words="$long",short --out wide
expect "width" "$(awk 'length($0) > 80 && !/^best:/' out)" ''
holds "values that find no room" out 'xx..'
holds "four digits" out ' 0.8665 '
holds "values as given" out ' 0.123456789 '
holds "all digits in the CSV" wide/results.csv ',0.866543,'

# Command lines that cannot be obeyed.
refuses() { local words=$1; shift; grid "$@"; expect "$words" "$code" 2; holds "$words" err "$words"; }
refuses "there is no config file 'none.yaml'" none.yaml a=1
refuses "nothing to search" net.yaml
refuses "'optimizer.lr' is not KEY=VALUE" net.yaml optimizer.lr
refuses "the key 'a' is given twice" net.yaml a=1 a=2
refuses "a value is given twice in 'a=1,1'" net.yaml a=1,1
refuses "an empty value in 'a=1,'" net.yaml a=1,
refuses "the brackets of '[1,2' do not match" net.yaml 'a=[1,2'
refuses "unknown option '--fast'" net.yaml a=1 --fast
refuses "--mode is max or min, not 'up'" net.yaml a=1 --mode up
refuses "has no values of 'val_top5'" net.yaml optimizer.lr=1 --metric val_top5 --out metric

if [[ -n ${CNNCTL_BINARY-} ]]; then
  code=0
  CNNCTL=$CNNCTL_BINARY "$root/scripts/grid-search.sh" "$root/configs/bench/lenet.yaml" optimizer.lr=0.01,bad \
    --out real --metric train_loss --threads 1 -- train.epochs=1 >out 2>err || code=$?
  expect "the real program" "$code" 1
  expect "the real program trains" "$(cut -d, -f2,8 real/results.csv | sed -n 2p)" "lr=0.01,finished"
  holds "the real program" real/results.csv ',failed,3,'
fi

if [[ $failures -gt 0 ]]; then
  printf '%d expectations failed\n' "$failures" >&2
  exit 1
fi
echo "grid search: all expectations hold"
