// The pictures of a folder of class folders before any of them is decoded: names, classes, sizes; and what is no
// picture, counted by kind. Knows files; knows neither splits nor configurations.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cnnctl {

/// Names are kept behind one another: there may be millions.
class PictureList {
 public:
  explicit PictureList(std::string folder) : folder_(std::move(folder)) {}

  /// Adds the pictures below a folder of `folder()`, at any depth, in natural order. A file is what its name promises,
  /// or if the name promises nothing what its first bytes say. Throws DataError if it lies too deep.
  void add_class(const std::string& name, std::int32_t label) { collect(folder_ + "/" + name, label, 0); }
  /// The same of the pictures in the folder itself and below, of no class.
  void add_all() { collect(folder_, 0, 0); }
  /// Counts something that is left out: "hidden file".
  void leave_out(const std::string& kind) { ++left_out_[kind]; }

  const std::string& folder() const { return folder_; }
  std::size_t size() const { return ends_.size(); }
  /// "cats/17.png": below the folder.
  std::string key(std::size_t i) const;
  std::string path(std::size_t i) const { return folder_ + "/" + key(i); }
  std::uint64_t file_bytes(std::size_t i) const { return file_bytes_[i]; }
  std::int32_t label(std::size_t i) const { return labels_[i]; }
  const std::int32_t* labels() const { return labels_.data(); }
  /// What all this takes in memory.
  std::uint64_t bytes() const;
  /// "left out: 2 GIF pictures, 1 hidden file"; empty if nothing was.
  std::string left_out() const;
  /// "holds no JPEG, PNG or BMP pictures", and what was left out in their place.
  std::string none() const;

 private:
  void collect(const std::string& folder, std::int32_t label, int depth);

  std::string folder_, names_;
  std::vector<std::uint64_t> ends_;  // of names
  std::vector<std::uint64_t> file_bytes_;
  std::vector<std::int32_t> labels_;
  std::map<std::string, std::int64_t> left_out_;  // by kind
};

bool is_folder(const std::string& path);

/// Names in a folder that are not hidden, in natural order; `hidden` counts the others.
std::vector<std::string> visible_names(const std::string& folder, std::int64_t& hidden);

/// The folders among them.
std::vector<std::string> visible_folders(const std::string& folder);

}  // namespace cnnctl
