// idx - MNIST's container: one file of samples, one of labels, for each split; gzipped or not. Samples are single
// values, vectors, grey pictures or pictures of several channels, by the number of dimensions.
#include <fmt/format.h>

#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "data/catalog.hpp"
#include "data/class_names.hpp"
#include "data/dataset.hpp"
#include "data/idx_file.hpp"

namespace cnnctl {
namespace {

/// What the names of files say of their contents, as in train-images-idx3-ubyte; the usual ones first.
constexpr std::string_view kTypeNames[] = {"ubyte", "byte", "short", "int", "float", "double"};
constexpr std::string_view kSampleRanks = "3421", kLabelRanks = "1";

/// Of one sample, by the sizes of a whole file.
Shape shape_of(const IdxHeader& header) {
  const std::vector<std::int64_t>& sizes = header.sizes;
  switch (sizes.size()) {
    case 1:
      return {1};
    case 2:
      return {sizes[1]};
    case 3:
      return {1, sizes[1], sizes[2]};
    default:
      return {sizes[1], sizes[2], sizes[3]};
  }
}

/// Bytes stay what they are, all other types become floats.
bool stays_bytes(const IdxHeader& header) { return header.type == IdxType::u8; }

MemorySamples::Values pictures_of(IdxFile file, const Shape& shape, const Workers& workers) {
  if (!stays_bytes(file.header)) return {idx_floats(file, shape.channels(), workers), 0};
  if (shape.channels() > 1 && shape.positions() > 1) return {idx_bytes(file, shape.channels(), workers), 0};
  const std::size_t lead = file.header.bytes();
  return {std::move(file.bytes), lead};  // in the order of memory already
}

class Idx final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.optional(
        "path", path_,
        "folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-..., each also .gz; or of other types and "
        "dimensions, as in train-images-idx2-float: idx1 to idx4 of ubyte, byte, short, int, float, double");
    f.optional("train_images", train_images_, "file, instead of the one in path");
    f.optional("train_labels", train_labels_, "file, instead of the one in path");
    f.optional("test_images", test_images_, "file, instead of the one in path");
    f.optional("test_labels", test_labels_, "file, instead of the one in path");
    f.optional("class_names", class_names_, "names of labels 0, 1 ...; default: 0 to 9");
    f.check(!path_.text.empty() || (!train_images_.text.empty() && !train_labels_.text.empty()), "path",
            "idx needs path, or train_images and train_labels");
  }

  std::unique_ptr<Samples> open(Split split, const Workers& workers) const override {
    const std::string image_path = images_of(split), label_path = labels_of(split);
    IdxFile images = read_idx(image_path, workers);
    const IdxFile labels = read_idx(label_path, workers);
    const std::int64_t count = images.header.samples();
    if (labels.header.samples() != count)
      throw DataError(label_path,
                      fmt::format("has {} labels for the {} images of {}", labels.header.samples(), count, image_path));
    const std::vector<std::string> names = class_names_.names.empty() ? numbered_names(10) : class_names_.names;
    const std::vector<std::int32_t> classes = classes_of(labels, names.size());
    const Shape shape = shape_of(images.header);
    SampleSpec spec = picture_and_class(shape, names);
    spec.columns[0].spatial = shape.is_image();
    spec.columns[0].element = stays_bytes(images.header) ? Element::u8 : Element::f32;
    std::vector<MemorySamples::Values> values;
    values.push_back(pictures_of(std::move(images), shape, workers));
    values.push_back(values_of(classes));
    return std::make_unique<MemorySamples>(std::move(spec), count, std::move(values));
  }

  bool has(Split split) const override {
    if (split == Split::validation) return false;
    const bool train = split == Split::train;
    const bool given = !(train ? train_images_ : test_images_).text.empty();
    return given || look(stem(split) + "-images", kSampleRanks).has_value();
  }

  std::optional<Outline> outline(Split split) const override {
    const IdxHeader header = read_idx_header(images_of(split));
    return Outline{header.samples(), shape_of(header), stays_bytes(header) ? 1 : sizeof(float)};
  }

 private:
  static std::string stem(Split split) { return split == Split::train ? "train" : "t10k"; }
  std::string images_of(Split split) const {
    return find(split == Split::train ? train_images_ : test_images_, stem(split) + "-images", kSampleRanks);
  }
  std::string labels_of(Split split) const {
    return find(split == Split::train ? train_labels_ : test_labels_, stem(split) + "-labels", kLabelRanks);
  }

  static std::vector<std::int32_t> classes_of(const IdxFile& labels, std::size_t names) {
    const IdxHeader& header = labels.header;
    if (header.sizes.size() != 1)
      throw DataError(labels.path, fmt::format("has {} dimensions, labels have one", header.sizes.size()));
    if (!is_whole(header.type)) throw DataError(labels.path, "holds numbers with fractions, labels are whole ones");
    std::vector<std::int32_t> classes;
    classes.reserve(static_cast<std::size_t>(header.samples()));
    for (std::int64_t i = 0; i < header.samples(); ++i) {
      const std::int32_t label = labels.whole(i);
      const auto complain = [&](const std::string& what) {
        throw DataError(labels.path,
                        fmt::format("label {} of sample {} at offset {} is {}", label, i, labels.offset(i), what));
      };
      if (label < 0) complain("negative");
      if (static_cast<std::size_t>(label) >= names)
        complain(fmt::format("not below {}, the number of class_names", names));
      classes.push_back(label);
    }
    return classes;
  }

  /// The first of the usual names that is in the folder. Throws DataError if several arrays could be meant.
  std::optional<std::string> look(const std::string& name, std::string_view ranks) const {
    std::optional<std::string> found;
    if (path_.text.empty()) return found;
    for (const char rank : ranks)
      for (const std::string_view type : kTypeNames) {
        const std::optional<std::string> file = look(name, fmt::format("idx{}-{}", rank, type));
        if (file && found)
          throw DataError(path_.text, fmt::format("two files could be meant, {} and {}: say which with {}", *found,
                                                  *file, "train_images, train_labels, test_images, test_labels"));
        if (file) found = file;
      }
    return found;
  }
  std::optional<std::string> look(const std::string& name, const std::string& type) const {
    for (const std::string& file : {name + "-" + type, name + "." + type})
      for (const char* const ending : {"", ".gz"})
        if (std::string path = path_.text + "/" + file + ending; exists(path)) return path;
    return std::nullopt;
  }

  /// The file given, or the one that is in the folder.
  std::string find(const Path& given, const std::string& name, std::string_view ranks) const {
    if (!given.text.empty()) return given.text;
    if (path_.text.empty()) throw DataError(name, "is not given (test_images, test_labels), and there is no path");
    if (const std::optional<std::string> path = look(name, ranks)) return *path;
    throw DataError(path_.text, fmt::format("holds neither {0}-idx{1}-ubyte nor {0}-idx{1}-ubyte.gz", name, ranks[0]));
  }

  Path path_, train_images_, train_labels_, test_images_, test_labels_;
  ClassNames class_names_;
};

}  // namespace

constexpr Kind<Dataset> kIdxKind =
    kind_of<Dataset, Idx>("idx", "MNIST's files, gzipped or not", "{path: datasets/fashion-mnist}");

}  // namespace cnnctl
