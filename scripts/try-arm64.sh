#!/usr/bin/env bash
# Builds for aarch64 by a cross compiler in a chroot of Debian 12, and runs the tests by an emulator. Takes about an hour;
# what is measured in time or memory means nothing there and is left out.
#
# Usage: scripts/try-arm64.sh [--keep FOLDER] [CTEST ARGUMENT...]     e.g. scripts/try-arm64.sh -R kernels
#   --keep FOLDER   use this folder for the system, and again the next time, instead of one that is removed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib/chroot.sh

keep=''
case ${1-} in
  --keep) keep=${2:?--keep needs a folder}; shift 2 ;;
  -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
esac
[[ $# -gt 0 ]] || set -- -E 'memory|cache|address_space'

make_system bookworm "$keep"
inside dpkg --add-architecture arm64
inside apt-get update -q
libraries=(libyaml-cpp-dev libopenblas-pthread-dev libtbb-dev libhwy-dev libfmt-dev libjpeg62-turbo-dev zlib1g-dev
  libdeflate-dev libxxhash-dev libstdc++6)
inside apt-get install -y -q --no-install-recommends make cmake pkg-config g++-aarch64-linux-gnu qemu-user \
  libcli11-dev libstb-dev doctest-dev nlohmann-json3-dev "${libraries[@]/%/:arm64}"
inside env --chdir=/cnnctl cmake --preset arm64
inside env --chdir=/cnnctl cmake --build --preset arm64 --parallel "$(nproc)"
inside env --chdir=/cnnctl QEMU_LD_PREFIX=/usr/aarch64-linux-gnu ctest --preset arm64 "$@"
