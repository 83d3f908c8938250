// image_folder - one folder a split, in it one folder a class, in it pictures at any depth; or class folders alone, all
// of which are trained on.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <span>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "data/catalog.hpp"
#include "data/picture_list.hpp"
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

/// Names of a folder to validate on, where none is given.
constexpr std::string_view kValidationNames[] = {"val", "valid", "validation", "dev"};

/// The pictures of a list, each decoded when it is read.
class Pictures final : public Samples {
 public:
  Pictures(PictureList list, SampleSpec spec, Orientation orientation, bool deep)
      : list_(std::move(list)),
        spec_(std::move(spec)),
        marks_(list_.size()),
        cut_(list_.size()),
        orientation_(orientation),
        deep_(deep) {
    if (const std::string text = list_.left_out(); !text.empty()) warnings_.push_back(list_.folder() + ": " + text);
  }

  const SampleSpec& spec() const override { return spec_; }
  std::int64_t count() const override { return static_cast<std::int64_t>(list_.size()); }
  std::uint64_t resident_bytes() const override {
    return list_.bytes() + marks_.size() * sizeof marks_[0] + cut_.size();
  }
  std::int32_t stratum(std::int64_t i) const override { return list_.label(static_cast<std::size_t>(i)); }
  std::string name(std::int64_t i) const override { return list_.path(static_cast<std::size_t>(i)); }
  std::string key(std::int64_t i) const override { return list_.key(static_cast<std::size_t>(i)); }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = warnings_;
    const auto cut = std::count_if(cut_.begin(), cut_.end(), [](const std::atomic<bool>& one) { return one.load(); });
    if (cut > 0)
      all.push_back(fmt::format(
          "{}: {} of {} pictures have 16 bits a sample, of which the upper 8 are used; data.depth=16 uses all",
          list_.folder(), cut, list_.size()));
    return all;
  }

  Mark mark(std::int64_t i) const override {
    const auto at = static_cast<std::size_t>(i);
    const Mark known{marks_[at].load(std::memory_order_relaxed)};
    return known.is_of_contents() ? known : Mark::of_size(list_.file_bytes(at));
  }

  Mark contents(std::int64_t i) const override {
    const Mark known = mark(i);
    return known.is_of_contents() ? known : noted(i, read_data(name(i)));
  }

  void read(std::int64_t i, Sample& to) const override {
    const std::string path = name(i);
    const Bytes file = read_data(path);
    const std::int64_t channels = spec_.columns[0].shape.channels();
    if (deep_) {
      const DeepPicture picture = decode_deep(text_of(file), path, channels, orientation_);
      noted(i, file);
      std::copy(picture.pixels.begin(), picture.pixels.end(),
                to.make<float>(0, {picture.channels, picture.height, picture.width}));
    } else {
      Picture picture = decode(text_of(file), path, channels, orientation_);
      noted(i, file);
      if (picture.cut) cut_[static_cast<std::size_t>(i)].store(true, std::memory_order_relaxed);
      to.adopt(0, std::move(picture.pixels), {picture.channels, picture.height, picture.width});
    }
    to.borrow(1, list_.labels() + i, {1});
  }

 private:
  /// A picture is the same one whenever it is read, or the run would no longer be what it says.
  Mark noted(std::int64_t i, const Bytes& file) const {
    const Mark now = Mark::of_hash(hash_bytes(std::as_bytes(std::span(file))));
    std::int64_t before = 0;
    if (!marks_[static_cast<std::size_t>(i)].compare_exchange_strong(before, now.bits) && before != now.bits)
      throw DataError(name(i), "has other contents than when it was first read");
    return now;
  }

  PictureList list_;
  SampleSpec spec_;
  mutable std::vector<std::atomic<std::int64_t>> marks_;  // of the contents; 0 before they are read
  std::vector<std::string> warnings_;
  mutable std::vector<std::atomic<bool>> cut_;  // pictures that were read and had more bits
  Orientation orientation_;
  bool deep_;
};

class ImageFolder final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.shorthand("path");
    f.required(
        "path", path_,
        "folder with train/ and perhaps val/ and test/, each with one folder a class; or with class folders only");
    f.optional("train", train_,
               "name of the folder to train on; default: train, or path itself if it has no such parts");
    f.optional("val", val_, "name of the folder to validate on; default: val, valid, validation or dev");
    f.optional("test", test_, "name of the folder to test on; default: test");
    f.optional("channels", channels_, "3: colour, 1: grey", between(1, 3));
    f.optional("orientation", orientation_,
               "what a camera's EXIF says of how it was held; apply: pictures are turned as they are meant to be seen");
    f.optional("depth", depth_,
               "bits of a sample that are used; 16: pictures are kept as numbers of 4 bytes, so that those of 16 bits "
               "keep all of their levels",
               between(8, 16));
    f.optional("on_bad_sample", on_bad_sample_, "what to do about a damaged picture");
    f.check(channels_ != 2, "channels", "channels is 1 or 3");
    f.check(depth_ == 8 || depth_ == 16, "depth", "depth is 8 or 16");
  }

  std::unique_ptr<Samples> open(Split split, const Workers&) const override {
    const std::string folder = folder_of(split);
    std::vector<std::string> classes = visible_folders(folder);
    if (classes.empty()) throw DataError(folder, "holds no class folders");
    PictureList list = list_pictures(folder, classes);
    SampleSpec spec = picture_and_class(first_shape(list), std::move(classes));
    spec.columns[0].varies = true;
    if (deep()) {
      spec.columns[0].element = Element::f32;
      spec.columns[0].unit = true;
    }
    return std::make_unique<Pictures>(std::move(list), std::move(spec), orientation_, deep());
  }

  bool has(Split split) const override { return find_folder(split).has_value(); }
  bool may_validate() const override { return true; }
  std::optional<std::int64_t> picture_channels() const override { return channels_; }
  Orientation orientation() const override { return orientation_; }
  bool deep() const override { return depth_ == 16; }
  bool leaves_out_bad() const override { return on_bad_sample_ == OnBadSample::skip; }

 private:
  /// The folder of a split; none if it is not there. Throws DataError if two could be meant.
  std::optional<std::string> find_folder(Split split) const {
    const auto whole = [this](std::string_view name) { return fmt::format("{}/{}", path_.text, name); };
    const auto there = [&](std::string_view name) -> std::optional<std::string> {
      return is_folder(whole(name)) ? std::optional(whole(name)) : std::nullopt;
    };
    if (split == Split::train) {
      if (const auto folder = there(train_.value_or("train")); folder || train_) return folder;
      return is_flat() ? std::optional(path_.text) : std::nullopt;
    }
    if (split == Split::test) return there(test_.value_or("test"));
    if (val_) return there(*val_);
    std::vector<std::string_view> found;
    for (const std::string_view name : kValidationNames)
      if (there(name)) found.push_back(name);
    if (found.size() > 1)
      throw DataError(path_.text, fmt::format("has several folders to validate on: {}; say which is meant with val: {}",
                                              join(found), found.front()));
    return found.empty() ? std::nullopt : there(found.front());
  }

  /// Whether the classes stand in the folder itself, which has no parts.
  bool is_flat() const {
    if (!is_folder(path_.text) || is_folder(path_.text + "/" + test_.value_or("test"))) return false;
    if (find_folder(Split::validation)) return false;
    const std::vector<std::string> folders = visible_folders(path_.text);
    for (const std::string& name : folders)
      if (is_folder(fmt::format("{}/{}/train", path_.text, name)))
        throw DataError(path_.text, fmt::format("has no folder 'train', but {0}/ in it has: is path {1}/{0} meant?",
                                                name, path_.text));
    return !folders.empty();
  }

  std::string folder_of(Split split) const {
    if (!is_folder(path_.text)) throw DataError(path_.text, "there is no such folder");
    if (std::optional<std::string> folder = find_folder(split)) return *folder;
    if (split == Split::train)
      throw DataError(path_.text, fmt::format("has no folder '{}'{}", train_.value_or("train"),
                                              train_ ? "" : " and consists of no class folders"));
    if (split == Split::test) throw DataError(path_.text, fmt::format("has no folder '{}'", test_.value_or("test")));
    throw DataError(path_.text, val_ ? fmt::format("has no folder '{}'", *val_)
                                     : fmt::format("has no folder {}", fmt::join(kValidationNames, ", ")));
  }

  static PictureList list_pictures(const std::string& folder, const std::vector<std::string>& classes) {
    PictureList list(folder);
    for (const std::string& name : classes) {
      check_class_name(folder, name);
      const std::size_t before = list.size();
      list.add_class(name, static_cast<std::int32_t>(&name - classes.data()));
      if (list.size() > before) continue;
      throw DataError(folder + "/" + name, list.none());
    }
    std::int64_t hidden = 0;
    for (const std::string& name : visible_names(folder, hidden))
      if (!is_folder(folder + "/" + name)) list.leave_out("stray file");
    for (; hidden > 0; --hidden) list.leave_out("hidden file");
    return list;
  }

  /// That of the first picture that can be decoded.
  Shape first_shape(const PictureList& list) const {
    for (std::size_t i = 0; i < list.size(); ++i) {
      try {
        const Picture first = read_picture(list.path(i), channels_, orientation_);
        return {first.channels, first.height, first.width};
      } catch (const DataError&) {
        if (on_bad_sample_ == OnBadSample::error) throw;
      }
    }
    throw DataError(path_.text, "holds damaged pictures only");
  }

  Path path_;
  std::optional<std::string> train_, val_, test_;
  std::int64_t channels_ = 3, depth_ = 8;
  Orientation orientation_ = Orientation::apply;
  OnBadSample on_bad_sample_ = OnBadSample::error;
};

}  // namespace

constexpr Kind<Dataset> kImageFolderKind = kind_of<Dataset, ImageFolder>(
    "image_folder", "JPEG, PNG and BMP files, one folder a class", "{path: datasets/photos, channels: 3}");

}  // namespace cnnctl
