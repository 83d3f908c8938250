// idx - MNIST's container: one file of images, one of labels, for each split; gzipped or not.
// Format: a big-endian magic number that says type and rank, the sizes, then the values; yann.lecun.com/exdb/mnist.
#include <fmt/format.h>

#include <optional>
#include <span>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "data/catalog.hpp"
#include "data/dataset.hpp"
#include "data/gzip.hpp"
#include "picture/picture.hpp"

namespace cnnctl {
namespace {

/// Unsigned bytes of some rank, behind the header that said so.
struct IdxArray {
  std::vector<std::int64_t> sizes;
  Bytes file;

  std::size_t header() const { return 4 + 4 * sizes.size(); }
};

/// The sizes, from the first bytes of a file; proves that their product is one that memory can hold.
std::vector<std::int64_t> read_header(std::string_view head, const std::string& path, int rank) {
  const auto byte = [head](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(head[i])}; };
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(rank);
  if (head.size() < header) throw DataError(path, fmt::format("is too short for an IDX header of {} bytes", header));
  constexpr std::uint32_t kUnsignedByte = 8;
  if (byte(0) != 0 || byte(1) != 0 || byte(2) != kUnsignedByte || byte(3) != static_cast<std::uint32_t>(rank))
    throw DataError(path,
                    fmt::format("begins with {:02x} {:02x} {:02x} {:02x}, expected 00 00 08 {:02x} (IDX, unsigned "
                                "bytes, {} dimension{})",
                                byte(0), byte(1), byte(2), byte(3), rank, rank, rank == 1 ? "" : "s"));
  std::vector<std::int64_t> sizes;
  for (std::size_t at = 4; at < header; at += 4) {
    const std::uint32_t size = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    if (size == 0) throw DataError(path, fmt::format("has a dimension of size 0 at offset {}", at));
    if (at > 4 && size > kMaxPictureSide)
      throw DataError(path,
                      fmt::format("has images of {} pixels a side, at most {} are allowed", size, kMaxPictureSide));
    sizes.push_back(size);
  }
  return sizes;
}

/// Reads a file whose size must agree with its header exactly.
IdxArray read_idx(const std::string& path, int rank, const Workers& workers) {
  Bytes file = read_data(path, workers);
  const std::string_view content = text_of(file);
  const bool packed = is_gzip(content);
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(rank);
  IdxArray array{read_header(packed ? gunzip_prefix(content, header) : content, path, rank), {}};
  std::uint64_t count = 1;
  for (const std::int64_t size : array.sizes) count *= static_cast<std::uint64_t>(size);  // < 2^32 * 2^15 * 2^15
  const std::uint64_t whole = header + count;
  if (!packed) {
    if (content.size() != whole)
      throw DataError(path, fmt::format("holds {} bytes, its header asks for {}", content.size(), whole));
    array.file = std::move(file);
    return array;
  }
  constexpr std::uint64_t kMostRatio = 1100;  // deflate cannot do better than 1032
  if (whole > content.size() * kMostRatio)
    throw DataError(path,
                    fmt::format("{} bytes of gzip cannot hold the {} that the header asks for", content.size(), whole));
  expect_memory(path, whole);
  array.file.resize(whole);
  gunzip(content, path, array.file, workers);
  return array;
}

class Idx final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.optional("path", path_, "folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-..., each also .gz");
    f.optional("train_images", train_images_, "file, instead of the one in path");
    f.optional("train_labels", train_labels_, "file, instead of the one in path");
    f.optional("test_images", test_images_, "file, instead of the one in path");
    f.optional("test_labels", test_labels_, "file, instead of the one in path");
    f.optional("class_names", class_names_, "names of labels 0, 1 ...");
    f.check(!path_.text.empty() || (!train_images_.text.empty() && !train_labels_.text.empty()), "path",
            "idx needs path, or train_images and train_labels");
    f.check(!class_names_.empty(), "class_names", "class_names must not be empty");
  }

  std::unique_ptr<Samples> open(Split split, const Workers& workers) const override {
    const bool train = split == Split::train;
    const std::string stem = train ? "train" : "t10k";
    const std::string image_path = find(train ? train_images_ : test_images_, stem + "-images", "idx3-ubyte");
    const std::string label_path = find(train ? train_labels_ : test_labels_, stem + "-labels", "idx1-ubyte");
    IdxArray images = read_idx(image_path, 3, workers);
    const IdxArray labels = read_idx(label_path, 1, workers);
    if (labels.sizes[0] != images.sizes[0])
      throw DataError(label_path, fmt::format("has {} labels for the {} images of {}", labels.sizes[0], images.sizes[0],
                                              image_path));
    std::vector<std::int32_t> classes;
    classes.reserve(static_cast<std::size_t>(labels.sizes[0]));
    for (const std::uint8_t label : std::span(labels.file).subspan(labels.header())) {
      if (label >= class_names_.size())
        throw DataError(label_path, fmt::format("label {} at offset {} is not below {}, the number of class_names",
                                                label, 8 + classes.size(), class_names_.size()));
      classes.push_back(label);
    }
    std::vector<MemorySamples::Values> values;
    values.push_back({std::move(images.file), images.header()});
    values.push_back(values_of(classes));
    return std::make_unique<MemorySamples>(picture_and_class({1, images.sizes[1], images.sizes[2]}, class_names_),
                                           images.sizes[0], std::move(values));
  }

  bool has(Split split) const override {
    return split == Split::train ||
           (split == Split::test && (!test_images_.text.empty() || look("t10k-images", "idx3-ubyte")));
  }

 private:
  /// The first of the usual names that is in the folder.
  std::optional<std::string> look(const std::string& name, const std::string& type) const {
    for (const std::string& file : {name + "-" + type, name + "." + type})
      for (const char* const ending : {"", ".gz"})
        if (std::string path = path_.text + "/" + file + ending; exists(path)) return path;
    return std::nullopt;
  }

  /// The file given, or the one that is in the folder.
  std::string find(const Path& given, const std::string& name, const std::string& type) const {
    if (!given.text.empty()) return given.text;
    if (path_.text.empty()) throw DataError(name, "is not given (test_images, test_labels), and there is no path");
    if (const std::optional<std::string> path = look(name, type)) return *path;
    throw DataError(path_.text, fmt::format("holds neither {0}-{1} nor {0}-{1}.gz", name, type));
  }

  Path path_, train_images_, train_labels_, test_images_, test_labels_;
  std::vector<std::string> class_names_ = numbered_names(10);
};

}  // namespace

constexpr Kind<Dataset> kIdxKind =
    kind_of<Dataset, Idx>("idx", "MNIST's files, gzipped or not", "{path: datasets/fashion-mnist}");

}  // namespace cnnctl
