#!/usr/bin/env bash
# Runs libFuzzer on each reader of what others wrote (tests/fuzz), under AddressSanitizer and
# UndefinedBehaviorSanitizer, one after the other. What it finds is left in build-fuzz/found/TARGET; the corpus that it
# grows stays in build-fuzz/corpus/TARGET for the next time.
#
# Usage: scripts/fuzz.sh [SECONDS] [TARGET...]     seconds for each target, 10 unless said; all targets
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=10
[[ ! ${1-} =~ ^[0-9]+$ ]] || { seconds=$1 && shift; }
targets=("$@")
((${#targets[@]} > 0)) || for folder in tests/fuzz/corpus/*/; do targets+=("$(basename "$folder")"); done

scripts/setup.sh --only clang-14 libclang-rt-14-dev
cmake --preset fuzz >&2
cmake --build --preset fuzz --target fuzz_programs cnnctl --parallel "$(nproc)" >&2

# The words of configurations, for mutants that are nearly right.
ASAN_OPTIONS=detect_leaks=0 build-fuzz/cnnctl config schema | grep -o '"[a-z0-9_.*]\+"' | sort -u >build-fuzz/words.dict

# Pictures and packed data may ask for much memory, which is then not touched: only what is touched counts.
limits=(-rss_limit_mb=4096 -malloc_limit_mb=65536 -timeout=20 -max_len=8192)

# Readers that want a path get one in memory, where there is such a folder.
[[ ! -d /dev/shm ]] || export TMPDIR=/dev/shm

failed=()
for target in "${targets[@]}"; do
  mkdir -p "build-fuzz/corpus/$target" "build-fuzz/found/$target"
  words=()
  [[ $target != config && $target != command_line ]] || words=(-dict=build-fuzz/words.dict)
  log=build-fuzz/$target.log
  "build-fuzz/fuzz_$target" "${limits[@]}" "${words[@]}" -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="build-fuzz/found/$target/" "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target" \
    >"$log" 2>&1 || failed+=("$target")
  printf '%-13s %s executions, %s features\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
    "$(grep -o ' ft: [0-9]*' "$log" | tail -n 1 | tr -dc '0-9')"
done
((${#failed[@]} == 0)) || { echo "fuzz: FAILED: ${failed[*]}; see build-fuzz/TARGET.log and build-fuzz/found" >&2; exit 1; }
