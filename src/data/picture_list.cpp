#include "data/picture_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

constexpr const char* kPicture = "picture";  // that can be read

/// What a name promises; empty if nothing.
std::string kind_of_name(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return "";
  std::string ending = name.substr(dot + 1);
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view known : {"jpg", "jpeg", "jfif", "jpe", "png", "bmp"})
    if (ending == known) return kPicture;
  return "";
}

/// What the first bytes of a file say. Two letters are no proof of a BMP: that one needs its name.
std::string kind_of_content(const std::string& path) {
  std::array<char, 12> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const std::string_view text(head.data(), static_cast<std::size_t>(file.gcount()));
  if (text.starts_with("\xff\xd8\xff") || text.starts_with("\x89PNG\r\n\x1a\n")) return kPicture;
  if (text.starts_with("RIFF") && text.ends_with("WEBP")) return "WebP picture";
  if (text.starts_with("GIF8")) return "GIF picture";
  if (text.starts_with(std::string_view("II*\0", 4)) || text.starts_with(std::string_view("MM\0*", 4)))
    return "TIFF picture";
  if (text.size() == head.size() && text.substr(4, 4) == "ftyp") return "HEIF, AVIF or video file";
  return "other file";
}

}  // namespace

bool is_folder(const std::string& path) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (problem && status.type() != std::filesystem::file_type::not_found)
    throw DataError(path, fmt::format("cannot be looked at: {}", problem.message()));
  return std::filesystem::is_directory(status);
}

std::vector<std::string> visible_names(const std::string& folder, std::int64_t& hidden) {
  std::vector<std::string> names = list_folder(folder);
  hidden += static_cast<std::int64_t>(std::erase_if(names, [](const auto& name) { return name.starts_with('.'); }));
  std::sort(names.begin(), names.end(), natural_less);
  return names;
}

std::vector<std::string> visible_folders(const std::string& folder) {
  std::int64_t hidden = 0;
  std::vector<std::string> names = visible_names(folder, hidden);
  std::erase_if(names, [&](const std::string& name) { return !is_folder(folder + "/" + name); });
  return names;
}

void PictureList::collect(const std::string& folder, std::int32_t label, int depth) {
  constexpr int kDeepest = 16;  // a link to a folder above itself ends here
  if (depth > kDeepest) throw DataError(folder, fmt::format("lies more than {} folders deep", kDeepest));
  std::int64_t hidden = 0;
  for (const std::string& name : visible_names(folder, hidden)) {
    const std::string path = folder + "/" + name;
    if (is_folder(path)) {
      collect(path, label, depth + 1);
      continue;
    }
    std::string kind = kind_of_name(name);
    if (kind.empty()) kind = kind_of_content(path);
    if (kind != kPicture) {
      leave_out(kind);
      continue;
    }
    names_.append(path, folder_.size() + 1);
    ends_.push_back(names_.size());
    labels_.push_back(label);
    std::error_code gone;  // whoever reads it says so
    const std::uintmax_t bytes = std::filesystem::file_size(path, gone);
    file_bytes_.push_back(gone ? 0 : bytes);
  }
  for (; hidden > 0; --hidden) leave_out("hidden file");
}

std::string PictureList::key(std::size_t i) const {
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return names_.substr(begin, ends_[i] - begin);
}

std::uint64_t PictureList::bytes() const {
  return names_.capacity() + ends_.capacity() * sizeof ends_[0] + file_bytes_.capacity() * sizeof file_bytes_[0] +
         labels_.capacity() * sizeof labels_[0];
}

std::string PictureList::left_out() const {
  std::string text;
  for (const auto& [kind, count] : left_out_)
    text += fmt::format("{}{} {}{}", text.empty() ? "left out: " : ", ", count, kind, count == 1 ? "" : "s");
  return text;
}

std::string PictureList::none() const {
  const std::string other = left_out();
  return "holds no JPEG, PNG or BMP pictures" + (other.empty() ? "" : fmt::format(" ({})", other));
}

}  // namespace cnnctl
