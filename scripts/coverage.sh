#!/usr/bin/env bash
# Line coverage of what reads what others wrote: configurations, checkpoints, data files and pictures. Fails if a group
# has less than 95 %. Builds build-coverage with gcov's counters and runs the suites that are about these.
#
# Usage: scripts/coverage.sh [--lines]     also which lines no test reaches
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
least=95

scripts/setup.sh --only gcovr
cmake --preset coverage >&2
cmake --build --preset coverage --parallel "$(nproc)" >&2
find build-coverage -name '*.gcda' -delete
ctest --preset coverage --parallel "$(nproc)" >&2

# report OPTION...: of the files of all groups. Lines that only a bug reaches are no part of it.
report() {
  gcovr build-coverage --root . --object-directory build-coverage \
    --filter src/config/ --filter src/checkpoint/ --filter src/picture/ \
    --filter 'src/data/(idx|cifar|npy|gzip|image_folder)[.]cpp' "$@"
}

[[ ${1-} != --lines ]] || report --txt
report --csv | awk -F, -v least="$least" '
  NR > 1 && $1 ~ /^src\// {
    split($1, part, "/")
    group = part[2] == "data" ? "src/data parsers" : "src/" part[2]
    lines[group] += $2
    covered[group] += $3
  }
  END {
    for (group in lines) {
      share = 100 * covered[group] / lines[group]
      printf "%-18s %5.1f %% of %d lines%s\n", group, share, lines[group], share < least ? ", too little" : ""
      if (share < least) failed = 1
    }
    exit failed || !length(lines)
  }'
