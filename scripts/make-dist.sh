#!/usr/bin/env bash
# Makes dist/cnnctl-VERSION-SYSTEM.tar.gz: the program with its libraries in it or beside it, its configs and documents.
# It runs on any system with this one's C library or a newer one, from any folder, and gives the bits that it gives here.
#
# Usage: scripts/make-dist.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh
cmake -S . -B build-dist -DCMAKE_BUILD_TYPE=Release -DCNNCTL_BUNDLE=ON
cmake --build build-dist --target cnnctl --parallel "$(nproc)"
version=$(sed -n 's/^project(cnnctl VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=cnnctl-$version-$(uname -m)-linux
rm -rf "dist/$name"
cmake --install build-dist --prefix "dist/$name" --strip >/dev/null
tar -C dist --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"
echo "dist/$name.tar.gz"
