// image_folder - one folder a split, in it one folder a class, in it pictures at any depth.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <filesystem>
#include <optional>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "data/catalog.hpp"
#include "picture/picture.hpp"

namespace cnnctl {
namespace {
enum class OnBadSample { error, skip };
}

template <>
struct Words<OnBadSample> {
  static constexpr std::pair<std::string_view, OnBadSample> list[] = {{"error", OnBadSample::error},
                                                                      {"skip", OnBadSample::skip}};
};

namespace {

/// The pictures of a split before any is opened.
struct Listing {
  std::vector<std::string> files;
  std::vector<std::int32_t> labels;
  std::int64_t ignored = 0;  // hidden files and those of other kinds
};

bool is_folder(const std::string& path) { return std::filesystem::is_directory(path); }

/// Whether the name promises a picture. What a file really is, its first bytes decide.
bool named_as_picture(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return false;
  std::string ending = name.substr(dot + 1);
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending == "jpg" || ending == "jpeg" || ending == "png" || ending == "bmp";
}

/// Names in a folder that are not hidden, in natural order.
std::vector<std::string> visible_names(const std::string& folder, std::int64_t& ignored) {
  std::vector<std::string> names = list_folder(folder);
  ignored += std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

/// Adds the pictures below a class's folder.
void collect(const std::string& folder, std::int32_t label, int depth, Listing& listing) {
  constexpr int kDeepest = 16;  // a link to a folder above itself ends here
  if (depth > kDeepest) throw DataError(folder, fmt::format("lies more than {} folders deep", kDeepest));
  for (const std::string& name : visible_names(folder, listing.ignored)) {
    const std::string path = folder + "/" + name;
    if (is_folder(path)) {
      collect(path, label, depth + 1, listing);
    } else if (named_as_picture(name)) {
      listing.files.push_back(path);
      listing.labels.push_back(label);
    } else {
      ++listing.ignored;
    }
  }
}

class ImageFolder final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.shorthand("path");
    f.required("path", path_, "folder with train/ and test/ (or val/), each with one folder a class");
    f.optional("train", train_, "name of the folder to train on");
    f.optional("test", test_, "name of the folder to test on; default: test, or val if there is no test");
    f.optional("size", size_, "[height, width] that every picture is scaled to; default: they must agree",
               Limits{.low = 1, .high = static_cast<double>(kMaxPictureSide)});
    f.optional("channels", channels_, "3: colour, 1: grey", between(1, 3));
    f.optional("on_bad_sample", on_bad_sample_, "what to do about a damaged picture");
    f.check(channels_ != 2, "channels", "channels is 1 or 3");
  }

  Samples load(Split split, const Workers& workers) const override {
    Samples samples;
    samples.class_names = class_names();
    const std::string folder = folder_of(split);
    const Listing listing = list(folder, samples.class_names);
    if (listing.files.empty()) throw DataError(folder, "holds no JPEG, PNG or BMP pictures");
    if (listing.ignored > 0)
      samples.warnings.push_back(
          fmt::format("{}: {} hidden files and files that are no pictures were left out", folder, listing.ignored));
    decode_all(listing, workers, samples);
    return samples;
  }

 private:
  std::string folder_of(Split split) const {
    if (!is_folder(path_.text)) throw DataError(path_.text, "there is no such folder");
    std::vector<std::string> names{train_};
    if (split == Split::test)
      names = test_ ? std::vector<std::string>{*test_} : std::vector<std::string>{"test", "val"};
    for (const std::string& name : names)
      if (is_folder(path_.text + "/" + name)) return path_.text + "/" + name;
    throw DataError(path_.text, fmt::format("has no folder '{}'{}", names[0], names.size() > 1 ? " or 'val'" : ""));
  }

  /// The folders to train on name the classes of both splits.
  std::vector<std::string> class_names() const {
    const std::string folder = folder_of(Split::train);
    std::int64_t ignored = 0;
    std::vector<std::string> names = visible_names(folder, ignored);
    std::erase_if(names, [&](const std::string& name) { return !is_folder(folder + "/" + name); });
    if (names.empty()) throw DataError(folder, "holds no class folders");
    return names;
  }

  static Listing list(const std::string& folder, const std::vector<std::string>& classes) {
    Listing listing;
    for (const std::string& name : visible_names(folder, listing.ignored)) {
      const std::string path = folder + "/" + name;
      if (!is_folder(path)) {
        ++listing.ignored;
        continue;
      }
      const auto found = std::find(classes.begin(), classes.end(), name);
      if (found == classes.end()) throw DataError(path, "is a class that the folder to train on does not have");
      const std::size_t before = listing.files.size();
      collect(path, static_cast<std::int32_t>(found - classes.begin()), 0, listing);
      if (listing.files.size() == before) throw DataError(path, "holds no JPEG, PNG or BMP pictures");
    }
    return listing;
  }

  /// Decodes in parallel; the first damaged picture in the order of the listing is the one that is reported.
  void decode_all(const Listing& listing, const Workers& workers, Samples& samples) const {
    const auto count = static_cast<std::int64_t>(listing.files.size());
    set_shape(listing, samples);
    expect_memory(path_.text, static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(samples.sample_bytes()));
    samples.pixels.resize(static_cast<std::size_t>(count * samples.sample_bytes()));
    std::vector<std::optional<DataError>> errors(listing.files.size());
    std::atomic<std::int64_t> stop{count};
    workers.run(count, [&](std::int64_t i, int) {
      if (i > stop) return;
      const auto at = static_cast<std::size_t>(i);
      try {
        const Picture picture = fitted(listing.files[at], samples);
        std::copy(picture.pixels.begin(), picture.pixels.end(), samples.pixels.begin() + i * samples.sample_bytes());
      } catch (const DataError& error) {
        errors[at] = error;
        if (on_bad_sample_ == OnBadSample::skip) return;
        for (std::int64_t seen = stop; i < seen && !stop.compare_exchange_weak(seen, i);) continue;
      }
    });
    if (stop < count) throw *errors[static_cast<std::size_t>(stop)];
    keep_good(listing, errors, samples);
  }

  /// `size`, or that of the first picture that can be decoded.
  void set_shape(const Listing& listing, Samples& samples) const {
    samples.channels = channels_;
    if (size_) {
      samples.height = size_->height;
      samples.width = size_->width;
      return;
    }
    for (const std::string& file : listing.files) {
      try {
        const Picture first = read_picture(file, channels_);
        samples.height = first.height;
        samples.width = first.width;
        return;
      } catch (const DataError&) {
        if (on_bad_sample_ == OnBadSample::error) throw;
      }
    }
    throw DataError(path_.text, "holds damaged pictures only");
  }

  Picture fitted(const std::string& file, const Samples& samples) const {
    Picture picture = read_picture(file, channels_);
    if (size_) return resize(picture, samples.height, samples.width);
    if (picture.height == samples.height && picture.width == samples.width) return picture;
    throw DataError(file, fmt::format("is {}x{} (height x width), the first picture {}x{}; set data.size to scale all "
                                      "to one size",
                                      picture.height, picture.width, samples.height, samples.width));
  }

  /// Closes the gaps that damaged pictures left.
  void keep_good(const Listing& listing, const std::vector<std::optional<DataError>>& errors, Samples& samples) const {
    const std::int64_t bytes = samples.sample_bytes();
    for (std::size_t i = 0; i < listing.files.size(); ++i) {
      if (errors[i]) {
        samples.warnings.push_back(std::string(errors[i]->what()) + " (left out)");
        continue;
      }
      const auto from = samples.pixels.begin() + static_cast<std::int64_t>(i) * bytes;
      const auto to = samples.pixels.begin() + samples.count * bytes;
      if (from != to) std::copy(from, from + bytes, to);
      samples.labels.push_back(listing.labels[i]);
      ++samples.count;
    }
    samples.pixels.resize(static_cast<std::size_t>(samples.count * bytes));
    if (samples.count == 0) throw DataError(path_.text, "holds damaged pictures only");
  }

  Path path_;
  std::string train_ = "train";
  std::optional<std::string> test_;
  std::optional<Extent> size_;
  std::int64_t channels_ = 3;
  OnBadSample on_bad_sample_ = OnBadSample::error;
};

}  // namespace

constexpr Kind<Dataset> kImageFolderKind = kind_of<Dataset, ImageFolder>(
    "image_folder", "JPEG, PNG and BMP files, one folder a class", "{path: datasets/photos, size: [224, 224]}");

}  // namespace cnnctl
