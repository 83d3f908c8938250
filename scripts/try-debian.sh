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

die() { echo "try-debian: error: $*" >&2; exit 2; }
usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }

keep='' clang=''
while [[ $# -gt 0 ]]; do
  case $1 in
    --keep) keep=${2:?--keep needs a folder}; shift 2 ;;
    --clang) clang=1; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) die "unknown option '$1' (--keep FOLDER, --clang)" ;;
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
command=("${@:-scripts/test.sh}")
[[ $(id -u) -eq 0 ]] || die "a chroot needs root"
command -v debootstrap >/dev/null || die "debootstrap is missing: scripts/setup.sh --only debootstrap"

system=${keep:-$(mktemp -d)}
cleanup() {
  umount "$system/proc" 2>/dev/null || true
  [[ -n $keep ]] || rm -rf --one-file-system -- "$system"
}
trap cleanup EXIT
[[ -x $system/usr/bin/apt-get ]] || debootstrap --variant=minbase "$release" "$system"
mkdir -p "$system/proc"
mountpoint -q "$system/proc" || mount -t proc proc "$system/proc"
cp /etc/resolv.conf "$system/etc/resolv.conf"

inside() { chroot "$system" env HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get update -q
[[ -z $clang ]] || inside apt-get install -y -q --no-install-recommends clang

rm -rf --one-file-system -- "$system/cnnctl"
mkdir "$system/cnnctl"
git archive HEAD | tar -x -C "$system/cnnctl"
compiler=()
[[ -z $clang ]] || compiler=(CXX=clang++)
inside env --chdir=/cnnctl "${compiler[@]}" "${command[@]}"
echo "try-debian: ${command[*]} succeeds on $release${clang:+ with clang}"
