# A bare Debian system in a folder, to try things in. Sourced by try-debian.sh and try-arm64.sh.
# Sets `system`, its folder; cleans up at exit.
# shellcheck shell=bash

# make_system RELEASE FOLDER: the release in the folder, made if it is not there; in a temporary one, removed in the end,
# if FOLDER is empty. This repository's last commit stands in /cnnctl of it.
make_system() {
  local release=$1
  [[ $(id -u) -eq 0 ]] || { echo "error: a chroot needs root" >&2; exit 2; }
  command -v debootstrap >/dev/null || { echo "error: no debootstrap; scripts/setup.sh --only debootstrap" >&2; exit 2; }
  system=${2:-$(mktemp -d)}
  kept=$2
  trap leave_system EXIT
  [[ -x $system/usr/bin/apt-get ]] || debootstrap --variant=minbase "$release" "$system"
  mkdir -p "$system/proc"
  mountpoint -q "$system/proc" || mount -t proc proc "$system/proc"
  cp /etc/resolv.conf "$system/etc/resolv.conf"
  rm -rf --one-file-system -- "$system/cnnctl"
  mkdir "$system/cnnctl"
  git archive HEAD | tar -x -C "$system/cnnctl"
}

leave_system() {
  umount "$system/proc" 2>/dev/null || true
  [[ -n $kept ]] || rm -rf --one-file-system -- "$system"
}

# inside COMMAND...: runs it in the system as root.
inside() { chroot "$system" env HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
