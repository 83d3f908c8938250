#!/usr/bin/env bash
# Keeps files readable: at most 300 lines each, and the build files short. Counts those above 150 as a hint.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

{
  find src tests scripts -type f \( -name '*.[ch]pp' -o -name '*.sh' \) -print0 | sort -z | xargs -0 wc -l | sed 's/$/ 300/'
  wc -l CMakeLists.txt | sed 's/$/ 160/'
  wc -l Makefile | sed 's/$/ 55/'
} | awk '
  $2 == "total" { next }
  { files++ }
  $1 > $3 { printf "%s: %d lines, at most %d\n", $2, $1, $3; failed = 1 }
  $3 == 300 && $1 > 150 { long++ }
  END {
    printf "check-sizes: %d files, %d of them above 150 lines\n", files, long > "/dev/stderr"
    exit failed
  }
' || { echo "check-sizes: split the files above" >&2; exit 1; }
