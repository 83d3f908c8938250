#!/usr/bin/env bash
# Holds two laws of src/: a folder includes only itself and folders before it, and each library has one door.
# Prints every breach as file:line and fails if there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2016  # the dollar signs are awk's
find src -name '*.[ch]pp' -print0 | sort -z | xargs -0 awk '
  BEGIN {
    count = split("base tensor picture plot kernels/simd kernels/pointwise kernels/matrix kernels/pool kernels/norm " \
                  "kernels/conv config layers losses metrics optim data model graph checkpoint experiment observe " \
                  "train bench cli", folders, " ")
    for (i = 1; i <= count; i++) rank[folders[i]] = i
    rank["src"] = count + 1  # main.cpp

    # library: its headers, the files that may include them
    door("yaml-cpp", "^yaml-cpp/", "^src/config/yaml[.]cpp$")
    door("oneTBB", "^(oneapi/)?tbb/", "^src/base/crew[.][ch]pp$")
    door("OpenBLAS", "^(cblas|openblas|f77blas|lapacke)", "^src/kernels/matrix/gemm[.]cpp$")
    door("Highway", "^hwy/", "^src/kernels/")
    door("stb", "^stb", "^src/picture/[^/]*[.]cpp$")
    door("libjpeg-turbo", "^(jpeglib|turbojpeg|jerror)", "^src/picture/[^/]*[.]cpp$")
    door("zlib", "^zlib", "^src/(data|picture)/[^/]*[.]cpp$")
    door("libdeflate", "^libdeflate", "^src/data/[^/]*[.]cpp$")
    door("xxHash", "^xxh", "^src/base/[^/]*[.]cpp$")
    door("CLI11", "^CLI/", "^src/cli/command_line[.]cpp$")
    door("doctest", "^doctest", "^$")
    door("what only Linux has", "^(sys/(auxv|mman|prctl|resource|sysinfo|syscall)|sched|pthread|linux/)", "^src/base/")
  }
  function door(library, headers, files) { libraries[library] = headers; allowed[library] = files }
  # The room that a path below src/ belongs to: its folder, within kernels/ the subject.
  function room(path,   part) {
    split(path, part, "/")
    return part[1] == "kernels" ? part[1] "/" part[2] : part[1]
  }
  function breach(message) { printf "%s:%d: %s\n", FILENAME, FNR, message; failed = 1 }

  /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    match($0, /[<"][^>"]+/)
    header = substr($0, RSTART + 1, RLENGTH - 1)
    folder = FILENAME == "src/main.cpp" ? "src" : room(substr(FILENAME, 5))
    if (!(folder in rank)) breach("the folder " folder " has no place in the order of folders (scripts/check-includes.sh)")
    from = room(header)
    if (index($0, "\"") && from in rank && rank[from] > rank[folder])
      breach(folder "/ may not include " header ": " from "/ comes later")
    for (library in libraries)
      if (header ~ libraries[library] && FILENAME !~ allowed[library])
        breach(header " is " library ", whose door is " allowed[library])
  }
  /"\/(proc|sys)\// && FILENAME !~ /^src\/base\// { breach("files of Linux alone are read in src/base/") }
  END { exit failed }
' || { echo "check-includes: the layout is broken, see above" >&2; exit 1; }
echo "check-includes: every folder includes only what stands before it" >&2
