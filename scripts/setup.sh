#!/usr/bin/env bash
# Installs the Debian packages that cnnctl is built from: says which, installs only what is missing.
# Knows package names and how to become root; knows nothing of the build itself.
#
# Usage: scripts/setup.sh [PACKAGE...]         what the build needs, and these besides
#        scripts/setup.sh --only PACKAGE...    these alone
set -euo pipefail

# OpenBLAS: the pthread variant. The OpenMP one does not keep to one thread inside our workers.
needed=(g++ make cmake pkg-config libcli11-dev libyaml-cpp-dev libopenblas-pthread-dev libtbb-dev libstb-dev doctest-dev
  libhwy-dev libfmt-dev nlohmann-json3-dev libjpeg62-turbo-dev zlib1g-dev libdeflate-dev libxxhash-dev)

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# True if dpkg has all files of package $1 in place.
installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# True if apt knows a version of package $1 that it could install.
has_candidate() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) =~ 'Candidate: '[^\(] ]]; }

# Fills `root` with what must stand before a command that only root may run.
become_root() {
  root=()
  if [[ $(id -u) -eq 0 ]]; then return; fi
  # Without a terminal nobody could type a password: sudo has to do without one.
  if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
    root=(sudo)
  else
    die "this needs root. Run as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
}

update_lists() { say "updating apt's package lists"; "${root[@]}" apt-get update -q >&2; }

install_missing() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "${missing[@]}" </dev/null >&2
}

if [[ ${1-} == -h || ${1-} == --help ]]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
  exit 0
fi

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  say "this is not a Debian system; nothing is installed. cnnctl is built with CMake 3.25, a C++20 compiler, pkg-config,"
  say "CLI11, yaml-cpp, OpenBLAS (not its OpenMP variant), oneTBB, stb, doctest, Highway, fmt, nlohmann-json,"
  say "libjpeg-turbo, zlib, libdeflate and xxHash."
  exit 0
fi

if [[ ${1-} == --only ]]; then
  shift
  wanted=("$@")
else
  # Ubuntu and what is made of it.
  grep -Eqs '^ID(_LIKE)?=.*ubuntu' /etc/os-release && needed=("${needed[@]/libjpeg62-turbo-dev/libjpeg-turbo8-dev}")
  wanted=("${needed[@]}" "$@")
fi

missing=()
for package in "${wanted[@]}"; do installed "$package" || missing+=("$package"); done
if [[ ${#missing[@]} -eq 0 ]]; then
  say "all ${#wanted[@]} packages are there"
  exit 0
fi
say "needs ${wanted[*]}"
say "to be installed: ${missing[*]}"

become_root
for package in "${missing[@]}"; do
  if ! has_candidate "$package"; then
    update_lists
    break
  fi
done
# Lists that are out of date name files that the mirror no longer has: one more try with fresh ones.
install_missing || { update_lists && install_missing; } ||
  die "apt-get could not install ${missing[*]}; its messages above say why"
