#!/usr/bin/env bash
# Holds two laws of src/: a folder includes only itself and folders before it, and each library has one door.
# Prints every breach as file:line and fails if there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2016  # the dollar signs are awk's
find src -name '*.[ch]pp' -print0 | sort -z | xargs -0 awk '
  BEGIN {
    count = split("base tensor kernels config layers losses optim graph data checkpoint train cli", folders, " ")
    for (i = 1; i <= count; i++) rank[folders[i]] = i
    rank["src"] = count + 1  # main.cpp

    # library: its headers, the files that may include them
    door("yaml-cpp", "^yaml-cpp/", "^src/config/yaml[.]cpp$")
    door("oneTBB", "^(oneapi/)?tbb/", "^src/base/crew[.][ch]pp$")
    door("OpenBLAS", "^(cblas|openblas|f77blas|lapacke)", "^src/kernels/gemm[.]cpp$")
    door("LIBXSMM", "^libxsmm", "^src/kernels/gemm[.]cpp$")
    door("Highway", "^hwy/", "^src/kernels/")
    door("stb", "^stb", "^src/data/image[^/]*[.]cpp$")
    door("libjpeg-turbo", "^(jpeglib|turbojpeg|jerror)", "^src/data/image[^/]*[.]cpp$")
    door("zlib", "^zlib", "^src/data/[^/]*[.]cpp$")
    door("libdeflate", "^libdeflate", "^src/data/[^/]*[.]cpp$")
    door("xxHash", "^xxh", "^src/base/[^/]*[.]cpp$")
    door("CLI11", "^CLI/", "^src/(cli/|main[.]cpp)")
    door("doctest", "^doctest", "^$")
  }
  function door(library, headers, files) { libraries[library] = headers; allowed[library] = files }
  function breach(message) { printf "%s:%d: %s\n", FILENAME, FNR, message; failed = 1 }

  /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    match($0, /[<"][^>"]+/)
    header = substr($0, RSTART + 1, RLENGTH - 1)
    count = split(FILENAME, path, "/")
    folder = count == 2 ? "src" : path[2]
    if (!(folder in rank)) breach("the folder " folder " has no place in the order of folders (scripts/check-includes.sh)")
    split(header, part, "/")
    if (index($0, "\"") && part[1] in rank && rank[part[1]] > rank[folder])
      breach(folder "/ may not include " header ": " part[1] "/ comes later")
    for (library in libraries)
      if (header ~ libraries[library] && FILENAME !~ allowed[library])
        breach(header " is " library ", whose door is " allowed[library])
  }
  END { exit failed }
' || { echo "check-includes: the layout is broken, see above" >&2; exit 1; }
echo "check-includes: every folder includes only what stands before it" >&2
