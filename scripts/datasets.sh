#!/usr/bin/env bash
# Puts public datasets where the configs look for them: datasets/<name>.
# Knows where they come from and what their content must be; knows nothing of their formats.
#
# Usage: scripts/datasets.sh NAME...
#   fashion-mnist   from Debian's package dataset-fashion-mnist where there is one, else downloaded (30 MB)
#   mnist           downloaded (11 MB)
#   cifar10         the binary version, downloaded (162 MB)
# A dataset that is there already, whole and unchanged, is left alone.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf 'datasets: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# The SHA-256 of what file $1 holds, unpacked if its name ends in .gz: packing again does not change it.
content_sha256() {
  case $1 in
    *ubyte.gz) gzip -dc -- "$1" 2>/dev/null | sha256sum ;;
    *) sha256sum <"$1" ;;
  esac | cut -d' ' -f1
}

# fetch FILE SHA256 URL...: FILE with this content, from the first place that delivers it.
fetch() {
  local file=$1 sum=$2 url
  shift 2
  [[ -f $file && $(content_sha256 "$file") == "$sum" ]] && return
  if ! command -v curl >/dev/null && ! command -v wget >/dev/null; then
    "$root/scripts/setup.sh" --only curl ca-certificates || die "curl or wget is needed to download $(basename "$file")"
  fi
  local temporary=${file%/*}/partial-${file##*/}
  for url in "$@"; do
    say "downloading $url"
    if command -v curl >/dev/null; then
      curl -fL --retry 2 --connect-timeout 20 -sS -o "$temporary" "$url" || continue
    else
      wget -q --tries=3 --timeout=20 -O "$temporary" "$url" || continue
    fi
    if [[ $(content_sha256 "$temporary") == "$sum" ]]; then
      mv -f -- "$temporary" "$file"
      return
    fi
    say "$url: the content is not what it should be (SHA-256 differs)"
  done
  rm -f -- "$temporary"
  die "could not download $(basename "$file"). Check the network, or put the file into ${file%/*} yourself"
}

# idx NAME FOLDER URL...: the four files of an MNIST-like set, linked from FOLDER if they are there, else downloaded.
idx() {
  local name=$1 installed=$2 target=$root/datasets/$1 file sum
  shift 2
  mkdir -p "$target"
  while read -r file sum; do
    [[ -f $target/$file && $(content_sha256 "$target/$file") == "$sum" ]] && continue
    if [[ -f $installed/$file && $(content_sha256 "$installed/$file") == "$sum" ]]; then
      ln -sfn "$installed/$file" "$target/$file"
    else
      [[ ! -L $target/$file ]] || rm -f -- "$target/$file"  # never write through a link
      fetch "$target/$file" "$sum" "${@/%/$file}"
    fi
  done
  say "$name is in ${target#"$PWD"/}"
}

fashion_mnist() {
  local folder=/usr/share/datasets/fashion-mnist package=dataset-fashion-mnist
  if [[ ! -d $folder && ! -f $root/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz ]] && command -v apt-get >/dev/null; then
    "$root/scripts/setup.sh" --only $package || say "cannot install $package: downloading instead"
  fi
  idx fashion-mnist $folder http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/ \
    https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/ <<'END'
train-images-idx3-ubyte.gz c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888
train-labels-idx1-ubyte.gz bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9
t10k-images-idx3-ubyte.gz 5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b
t10k-labels-idx1-ubyte.gz 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34
END
}

mnist() {
  idx mnist /usr/share/datasets/mnist https://ossci-datasets.s3.amazonaws.com/mnist/ \
    https://storage.googleapis.com/cvdf-datasets/mnist/ <<'END'
train-images-idx3-ubyte.gz ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
train-labels-idx1-ubyte.gz 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
t10k-images-idx3-ubyte.gz 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
t10k-labels-idx1-ubyte.gz ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
END
}

cifar10() {
  local target=$root/datasets/cifar10 archive file
  archive=$target/cifar-10-binary.tar.gz
  # The marker is written last: with it the unpacking was complete.
  if [[ ! -f $target/.complete ]]; then
    mkdir -p "$target"
    fetch "$archive" c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd \
      https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz
    tar -xzf "$archive" -C "$target" --strip-components=1 --no-same-owner
    for file in data_batch_{1..5}.bin test_batch.bin; do
      [[ $(stat -c %s "$target/$file") -eq 30730000 ]] || die "$target/$file has not its 30730000 bytes"
    done
    rm -f -- "$archive"
    touch "$target/.complete"
  fi
  say "cifar10 is in ${target#"$PWD"/}"
}

case ${1---help} in -h | --help)
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
  [[ $# -gt 0 ]] && exit 0
  exit 2
  ;;
esac
for name in "$@"; do
  case $name in
    fashion-mnist) fashion_mnist ;;
    mnist | cifar10) "$name" ;;
    *) die "unknown dataset '$name' (fashion-mnist, mnist, cifar10)" ;;
  esac
done
