# What the comparisons with PyTorch share. Sourced by bench-*.sh, parity*.sh and zoo-parity.sh.
# shellcheck shell=bash disable=SC2034

python=/usr/bin/python3  # Debian's: python3-torch belongs to it

# Both programs are there, or the script ends.
need_peers() {
  [[ -x build/cnnctl ]] || { echo "${0##*/}: error: no build/cnnctl; run make first" >&2; exit 1; }
  scripts/setup.sh --only python3-torch
}

# machine THREADS: the line above a table that says where it comes from.
machine() {
  printf '%s, %s thread%s, %s, PyTorch %s\n\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$1" \
    "$([[ $1 -eq 1 ]] || echo s)" "$(date +%Y-%m-%d)" "$("$python" -c 'import torch; print(torch.__version__)')"
}

# The program for transforms by themselves, and torchvision.
need_transforms() {
  cmake --build build --target cnnctl_transforms --parallel "$(nproc)" >/dev/null
  scripts/setup.sh --only python3-torchvision
}
