#!/usr/bin/env bash
# Runs the README's test command, or another one, on a bare system of another Debian release: this repository's last
# commit in a chroot that has nothing but the base system. Takes about ten minutes.
#
# Usage: scripts/try-debian.sh [--keep FOLDER] [--clang] RELEASE [COMMAND...]
#   RELEASE         12, 13, testing, or a code name
#   COMMAND         instead of scripts/test.sh, e.g. scripts/quickstart.sh --epochs 1
#   --keep FOLDER   use this folder for the system, and again the next time, instead of one that is removed
#   --clang         build with the release's clang instead of g++
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib/chroot.sh

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }

keep='' compiler=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=${2:?--keep needs a folder}; shift 2 ;;
    --clang) compiler=(CXX=clang++); shift ;;
    -h | --help) usage; exit 0 ;;
    -*) echo "try-debian: error: unknown option '$1' (--keep FOLDER, --clang)" >&2; exit 2 ;;
    *) break ;;
  esac
done
[[ $# -gt 0 ]] || { usage >&2; exit 2; }
case $1 in
  12) release=bookworm ;;
  13) release=trixie ;;
  *) release=$1 ;;
esac
shift
[[ $# -gt 0 ]] || set -- scripts/test.sh

make_system "$release" "$keep"
inside apt-get update -q
[[ ${#compiler[@]} -eq 0 ]] || inside apt-get install -y -q --no-install-recommends clang
inside env --chdir=/cnnctl "${compiler[@]}" "$@"
echo "try-debian: $* succeeds on $release${compiler:+ with clang}"
