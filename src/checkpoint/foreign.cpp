#include "checkpoint/foreign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace cnnctl {
namespace {

using namespace std::literals;

constexpr std::string_view kConvert =
    "write it as safetensors: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')";
constexpr std::string_view kPull = ", not the file that it stands for: run `git lfs pull`";

/// The first `count` bytes in lower case, without blanks before them.
std::string beginning(std::string_view content, std::size_t count) {
  content.remove_prefix(std::min(content.find_first_not_of(" \t\r\n"), content.size()));
  std::string text(content.substr(0, count));
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_pickle(std::string_view content) {
  return content.size() >= 2 && content[0] == '\x80' && content[1] >= 2 && content[1] <= 5;
}

/// A protobuf message that begins with a small ir_version and then a producer's name, or the opsets.
bool is_onnx(std::string_view content) {
  return content.size() > 16 && content[0] == 0x08 && content[1] >= 1 && content[1] <= 32 &&
         (content[2] == 0x12 || content[2] == 0x3a || content[2] == 0x42);
}

/// Letters, digits and line breaks for as far as one looks: as the length of a header, which safetensors begin with,
/// eight of them are far too many.
bool is_text(std::string_view content) {
  const std::string_view head = content.substr(0, 256);
  return head.size() >= 16 && std::none_of(head.begin(), head.begin() + 8, [](char c) { return c < 0; }) &&
         std::all_of(head.begin(), head.end(), [](char c) {
           return c == '\n' || c == '\r' || c == '\t' || (c >= 0x20 && c < 0x7f) ||
                  static_cast<unsigned char>(c) >= 0x80;
         });
}

/// The length of a header below 4 GiB, and the header's brace.
bool begins_like_safetensors(std::string_view content) {
  return content.size() > 8 && content[8] == '{' && content.substr(4, 4) == "\0\0\0\0"sv;
}

}  // namespace

std::optional<ForeignFile> foreign_file(std::string_view content) {
  using enum ForeignFile::Kind;
  const auto found = [](ForeignFile::Kind kind, std::string_view name) { return ForeignFile{kind, name}; };
  if (content.starts_with("PK\x03\x04"sv)) return found(weights, "a zip archive, as PyTorch writes (.pt, .pth)");
  if (is_pickle(content)) return found(weights, "a pickle, as older PyTorch writes (.pt, .pth)");
  if (content.starts_with("\x89HDF\r\n\x1a\n"sv)) return found(weights, "an HDF5 file, as Keras writes (.h5)");
  if (content.starts_with("\x93NUMPY"sv)) return found(other, "an array of NumPy (.npy)");
  if (content.starts_with("GGUF"sv)) return found(other, "a GGUF file");
  if (is_onnx(content)) return found(weights, "an ONNX file");
  if (content.starts_with("\xff\xd8\xff"sv)) return found(picture, "a JPEG picture");
  if (content.starts_with("\x89PNG\r\n\x1a\n"sv)) return found(picture, "a PNG picture");
  if (content.starts_with("GIF8"sv)) return found(other, "a GIF picture");
  const std::string head = beginning(content, 64);
  if (head.starts_with("version https://git-lfs.github.com/spec/")) return found(pointer, "a git-lfs pointer");
  if (head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<?xml"))
    return found(page, "a web page");
  if (is_text(content)) return found(text, "a text file, such as a configuration");
  return std::nullopt;
}

std::optional<std::string> in_place_of_weights(std::string_view content) {
  const std::optional<ForeignFile> file = foreign_file(content);
  if (!file) return std::nullopt;
  const auto sentence = [&](std::string_view end) { return fmt::format("is {}{}", file->name, end); };
  switch (file->kind) {
    case ForeignFile::Kind::weights:
      return sentence(fmt::format("; {}", kConvert));
    case ForeignFile::Kind::pointer:
      return sentence(kPull);
    case ForeignFile::Kind::page:
      return sentence(", not a file of weights: the download went wrong");
    case ForeignFile::Kind::text:
      return sentence(
          ", not a file of weights: `cnnctl train` trains a configuration, and eval and infer take one with "
          "--weights");
    case ForeignFile::Kind::picture:
    case ForeignFile::Kind::other:
      break;
  }
  return sentence(", not a file of weights");
}

std::optional<std::string> in_place_of_configuration(std::string_view content) {
  if (begins_like_safetensors(content))
    return "is a file of weights (safetensors), not a configuration: as a checkpoint of cnnctl its name must end in "
           ".safetensors; weights of other programs go with a configuration, as --weights or --init-from";
  const std::optional<ForeignFile> file = foreign_file(content);
  if (!file || file->kind == ForeignFile::Kind::text) return std::nullopt;
  const auto sentence = [&](std::string_view end) { return fmt::format("is {}{}", file->name, end); };
  switch (file->kind) {
    case ForeignFile::Kind::weights:
      return sentence(
          fmt::format(", not a configuration: write the network as one (see configs/), and give the weights "
                      "with --weights or --init-from; for that {}",
                      kConvert));
    case ForeignFile::Kind::pointer:
      return sentence(kPull);
    case ForeignFile::Kind::page:
      return sentence(", not a configuration: the download went wrong");
    case ForeignFile::Kind::picture:
      return sentence(", not a configuration: `cnnctl infer RUN FILE` classifies pictures");
    case ForeignFile::Kind::text:
    case ForeignFile::Kind::other:
      break;
  }
  return sentence(", not a configuration");
}

}  // namespace cnnctl
