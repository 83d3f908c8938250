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
struct Words<Orientation> {
  static constexpr std::pair<std::string_view, Orientation> list[] = {{"apply", Orientation::apply},
                                                                      {"ignore", Orientation::ignore}};
};

template <>
struct Words<OnBadSample> {
  static constexpr std::pair<std::string_view, OnBadSample> list[] = {{"error", OnBadSample::error},
                                                                      {"skip", OnBadSample::skip}};
};

namespace {

/// The pictures of a split before any is opened. Names are kept behind one another: there may be millions.
class Listing {
 public:
  explicit Listing(std::string folder) : folder_(std::move(folder)) {}

  void add(const std::string& path, std::int32_t label) {
    names_.append(path, folder_.size() + 1);
    ends_.push_back(names_.size());
    labels_.push_back(label);
  }
  std::size_t size() const { return ends_.size(); }
  std::string path(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return folder_ + "/" + names_.substr(begin, ends_[i] - begin);
  }
  std::int32_t label(std::size_t i) const { return labels_[i]; }
  const std::int32_t* labels() const { return labels_.data(); }
  std::uint64_t bytes() const {
    return names_.capacity() + ends_.capacity() * sizeof ends_[0] + labels_.capacity() * sizeof labels_[0];
  }
  const std::string& folder() const { return folder_; }

  std::int64_t ignored = 0;  // hidden files and those of other kinds

 private:
  std::string folder_, names_;
  std::vector<std::uint64_t> ends_;  // of names
  std::vector<std::int32_t> labels_;
};

/// What cannot be looked at, such as a link that leads to itself, is an error: it might be a folder of pictures.
bool is_folder(const std::string& path) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (problem && status.type() != std::filesystem::file_type::not_found)
    throw DataError(path, fmt::format("cannot be looked at: {}", problem.message()));
  return std::filesystem::is_directory(status);
}

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
      listing.add(path, label);
    } else {
      ++listing.ignored;
    }
  }
}

/// The pictures of a listing, each decoded when it is read.
class Pictures final : public Samples {
 public:
  Pictures(Listing listing, SampleSpec spec, Orientation orientation)
      : listing_(std::move(listing)), spec_(std::move(spec)), orientation_(orientation), cut_(listing_.size()) {
    if (listing_.ignored > 0)
      warnings_.push_back(fmt::format("{}: {} hidden files and files that are no pictures were left out",
                                      listing_.folder(), listing_.ignored));
  }

  const SampleSpec& spec() const override { return spec_; }
  std::int64_t count() const override { return static_cast<std::int64_t>(listing_.size()); }
  std::uint64_t resident_bytes() const override { return listing_.bytes() + cut_.size(); }
  std::int32_t stratum(std::int64_t i) const override { return listing_.label(static_cast<std::size_t>(i)); }
  std::string name(std::int64_t i) const override { return listing_.path(static_cast<std::size_t>(i)); }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = warnings_;
    const auto cut = std::count_if(cut_.begin(), cut_.end(), [](const std::atomic<bool>& one) { return one.load(); });
    if (cut > 0)
      all.push_back(fmt::format("{}: {} of {} pictures have 16 bits a sample, of which the upper 8 are used",
                                listing_.folder(), cut, listing_.size()));
    return all;
  }

  void read(std::int64_t i, Sample& to) const override {
    Picture picture = read_picture(name(i), spec_.columns[0].shape.channels(), orientation_);
    if (picture.cut) cut_[static_cast<std::size_t>(i)].store(true, std::memory_order_relaxed);
    to.adopt(0, std::move(picture.pixels), {picture.channels, picture.height, picture.width});
    to.borrow(1, listing_.labels() + i, {1});
  }

 private:
  Listing listing_;
  SampleSpec spec_;
  Orientation orientation_;
  std::vector<std::string> warnings_;
  mutable std::vector<std::atomic<bool>> cut_;  // pictures that were read and had more bits
};

class ImageFolder final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.shorthand("path");
    f.required("path", path_, "folder with train/ and test/ (or val/), each with one folder a class");
    f.optional("train", train_, "name of the folder to train on");
    f.optional("test", test_, "name of the folder to test on; default: test, or val if there is no test");
    f.optional("channels", channels_, "3: colour, 1: grey", between(1, 3));
    f.optional("orientation", orientation_,
               "what a camera's EXIF says of how it was held; apply: pictures are turned as they are meant to be seen");
    f.optional("on_bad_sample", on_bad_sample_, "what to do about a damaged picture");
    f.check(channels_ != 2, "channels", "channels is 1 or 3");
  }

  std::unique_ptr<Samples> open(Split split, const Workers&) const override {
    std::vector<std::string> classes = class_names();
    Listing listing = list(folder_of(split), classes);
    if (listing.size() == 0) throw DataError(listing.folder(), "holds no JPEG, PNG or BMP pictures");
    SampleSpec spec = picture_and_class(first_shape(listing), std::move(classes));
    spec.columns[0].varies = true;
    return std::make_unique<Pictures>(std::move(listing), std::move(spec), orientation_);
  }

  Orientation orientation() const override { return orientation_; }
  bool leaves_out_bad() const override { return on_bad_sample_ == OnBadSample::skip; }

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
    for (const std::string& name : names) check_class_name(folder, name);
    return names;
  }

  static Listing list(const std::string& folder, const std::vector<std::string>& classes) {
    Listing listing(folder);
    for (const std::string& name : visible_names(folder, listing.ignored)) {
      const std::string path = folder + "/" + name;
      if (!is_folder(path)) {
        ++listing.ignored;
        continue;
      }
      const auto found = std::find(classes.begin(), classes.end(), name);
      if (found == classes.end()) throw DataError(path, "is a class that the folder to train on does not have");
      const std::size_t before = listing.size();
      collect(path, static_cast<std::int32_t>(found - classes.begin()), 0, listing);
      if (listing.size() == before) throw DataError(path, "holds no JPEG, PNG or BMP pictures");
    }
    return listing;
  }

  /// That of the first picture that can be decoded.
  Shape first_shape(const Listing& listing) const {
    for (std::size_t i = 0; i < listing.size(); ++i) {
      try {
        const Picture first = read_picture(listing.path(i), channels_, orientation_);
        return {first.channels, first.height, first.width};
      } catch (const DataError&) {
        if (on_bad_sample_ == OnBadSample::error) throw;
      }
    }
    throw DataError(path_.text, "holds damaged pictures only");
  }

  Path path_;
  std::string train_ = "train";
  std::optional<std::string> test_;
  std::int64_t channels_ = 3;
  Orientation orientation_ = Orientation::apply;
  OnBadSample on_bad_sample_ = OnBadSample::error;
};

}  // namespace

constexpr Kind<Dataset> kImageFolderKind = kind_of<Dataset, ImageFolder>(
    "image_folder", "JPEG, PNG and BMP files, one folder a class", "{path: datasets/photos, channels: 3}");

}  // namespace cnnctl
