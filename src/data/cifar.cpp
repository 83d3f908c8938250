// cifar - the binary version of CIFAR-10 and CIFAR-100: records of labels and 32x32 planes of red, green and blue.
// Format: cs.toronto.edu/~kriz/cifar.html.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "data/catalog.hpp"
#include "data/class_names.hpp"
#include "data/dataset.hpp"

namespace cnnctl {
namespace {
enum class CifarLabels { fine, coarse };
}

template <>
struct Words<CifarLabels> {
  static constexpr std::pair<std::string_view, CifarLabels> list[] = {{"fine", CifarLabels::fine},
                                                                      {"coarse", CifarLabels::coarse}};
};

namespace {

constexpr std::size_t kSide = 32, kPlane = kSide * kSide, kPixels = 3 * kPlane;
const Shape kShape{3, kSide, kSide};

/// How the records of a folder look.
struct Layout {
  std::vector<std::string> files;  // of the split, in order
  std::size_t label_bytes = 1, label_at = 0;
  std::size_t classes = 10;
  std::string names_file;
};

/// The records of all files, taken apart.
struct Records {
  Bytes pixels;
  std::vector<std::int32_t> classes;
};

class Cifar final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.shorthand("path");
    f.required("path", path_, "folder with data_batch_1.bin ... and test_batch.bin, or train.bin and test.bin");
    f.optional("labels", labels_, "of CIFAR-100: its 100 fine or its 20 coarse classes");
    f.optional("class_names", class_names_,
               "names of the classes; default: those of batches.meta.txt, fine_label_names.txt or "
               "coarse_label_names.txt in path, or else numbers");
  }

  std::unique_ptr<Samples> open(Split split, const Workers& workers) const override {
    const Layout layout = find(split);
    SampleSpec spec = picture_and_class(kShape, names(layout));
    expect_memory(path_.text, outline(split)->bytes());
    Records records;
    for (const std::string& file : layout.files) append(file, layout, workers, records);
    const auto count = static_cast<std::int64_t>(records.classes.size());
    std::vector<MemorySamples::Values> values;
    values.push_back({std::move(records.pixels), 0});
    values.push_back(values_of(records.classes));
    return std::make_unique<MemorySamples>(std::move(spec), count, std::move(values), missing_batches(layout, split));
  }

  bool has(Split split) const override {
    const auto there = [this](const char* name) { return exists(path_.text + "/" + name); };
    if (split == Split::train) return there("train.bin") || !batches().empty();
    return split == Split::test && (there("test_batch.bin") || there("test.bin"));
  }

  std::optional<Outline> outline(Split split) const override {
    const Layout layout = find(split);
    std::uint64_t records = 0;
    for (const std::string& file : layout.files) {
      require_data_file(file);
      records += records_in(file, layout, std::filesystem::file_size(file));
    }
    return Outline{static_cast<std::int64_t>(records), kShape};
  }

 private:
  Layout find(Split split) const {
    if (!is_directory(path_.text)) throw DataError(path_.text, "there is no such folder");
    const auto whole = [this](const std::string& name) { return path_.text + "/" + name; };
    if (exists(whole("train.bin"))) {
      const bool fine = labels_ == CifarLabels::fine;
      return {.files = {whole(split == Split::train ? "train.bin" : "test.bin")},
              .label_bytes = 2,
              .label_at = fine ? std::size_t{1} : std::size_t{0},
              .classes = fine ? std::size_t{100} : std::size_t{20},
              .names_file = whole(fine ? "fine_label_names.txt" : "coarse_label_names.txt")};
    }
    Layout layout{.files = batches(), .names_file = whole("batches.meta.txt")};
    if (layout.files.empty()) throw DataError(path_.text, "holds neither data_batch_1.bin nor train.bin");
    if (labels_ == CifarLabels::coarse)
      throw DataError(path_.text, "holds CIFAR-10, which has no coarse labels; leave labels out");
    if (split == Split::test) layout.files = {whole("test_batch.bin")};
    return layout;
  }

  /// The files of CIFAR-10 to train on.
  std::vector<std::string> batches() const {
    std::vector<std::string> files;
    std::error_code ignored;
    if (!std::filesystem::is_directory(path_.text, ignored)) return files;
    std::vector<std::string> names = list_folder(path_.text);
    std::sort(names.begin(), names.end(), natural_less);
    for (const std::string& name : names)
      if (name.starts_with("data_batch_") && name.ends_with(".bin")) files.push_back(path_.text + "/" + name);
    return files;
  }

  /// A warning if the files to train on are not all of CIFAR-10's.
  std::vector<std::string> missing_batches(const Layout& layout, Split split) const {
    if (split != Split::train || layout.label_bytes != 1) return {};
    std::string missing;
    for (int i = 1; i <= 5; ++i) {
      const std::string name = fmt::format("data_batch_{}.bin", i);
      const bool there = std::ranges::count(layout.files, path_.text + "/" + name) > 0;
      if (!there) missing += (missing.empty() ? "" : ", ") + name;
    }
    if (missing.empty()) return {};
    return {fmt::format("{}: of CIFAR-10's five batches {} {} missing", path_.text, missing,
                        missing.find(',') == std::string::npos ? "is" : "are")};
  }

  std::vector<std::string> names(const Layout& layout) const {
    const bool given = !class_names_.names.empty();
    if (!given && !exists(layout.names_file)) return numbered_names(static_cast<std::int64_t>(layout.classes));
    const std::vector<std::string> names = given ? class_names_.names : read_class_names(layout.names_file);
    if (given && names.size() != layout.classes)
      throw DataError(path_.text, fmt::format("has {} classes, but data.class_names has {} name{}", layout.classes,
                                              names.size(), names.size() == 1 ? "" : "s"));
    if (names.size() != layout.classes)
      throw DataError(fmt::format("{}:{}", layout.names_file, std::min(names.size(), layout.classes)),
                      fmt::format("has {} names, expected {}", names.size(), layout.classes));
    return names;
  }

  /// The number of records in a file of so many bytes.
  static std::size_t records_in(const std::string& path, const Layout& layout, std::uint64_t bytes) {
    const std::size_t record = layout.label_bytes + kPixels;
    if (bytes == 0 || bytes % record != 0)
      throw DataError(path, fmt::format("holds {} bytes, expected a multiple of {} (records of {} label byte{} and "
                                        "32x32x3 pixels)",
                                        bytes, record, layout.label_bytes, layout.label_bytes == 1 ? "" : "s"));
    return bytes / record;
  }

  static void append(const std::string& path, const Layout& layout, const Workers& workers, Records& records) {
    const Bytes content = read_data(path, workers);
    const std::size_t record = layout.label_bytes + kPixels;
    const std::size_t count = records_in(path, layout, content.size());
    expect_memory(path, count * kPixels);
    records.pixels.resize(records.pixels.size() + count * kPixels);
    std::uint8_t* to = records.pixels.data() + records.pixels.size() - count * kPixels;
    for (std::size_t begin = 0; begin < content.size(); begin += record, to += kPixels) {
      const std::size_t label = content[begin + layout.label_at];
      if (label >= layout.classes)
        throw DataError(
            path, fmt::format("label {} at offset {} is not below {}", label, begin + layout.label_at, layout.classes));
      records.classes.push_back(static_cast<std::int32_t>(label));
      const std::uint8_t* const planes = content.data() + begin + layout.label_bytes;
      for (std::size_t i = 0; i < kPlane; ++i)
        for (std::size_t c = 0; c < 3; ++c) to[3 * i + c] = planes[c * kPlane + i];
    }
  }

  Path path_;
  CifarLabels labels_ = CifarLabels::fine;
  ClassNames class_names_;
};

}  // namespace

constexpr Kind<Dataset> kCifarKind =
    kind_of<Dataset, Cifar>("cifar", "CIFAR-10 or CIFAR-100, binary version", "{path: datasets/cifar-10-batches-bin}");

}  // namespace cnnctl
