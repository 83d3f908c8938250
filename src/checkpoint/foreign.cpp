#include "checkpoint/foreign.hpp"

#include <algorithm>
#include <cctype>

namespace cnnctl {
namespace {

using namespace std::literals;

constexpr std::string_view kConvert =
    "; write it as safetensors: safetensors.torch.save_file(model.state_dict(), 'model.safetensors')";

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

}  // namespace

std::optional<std::string> foreign_file(std::string_view content) {
  const auto found = [](std::string_view what, std::string_view advice = "") {
    return std::string(what) + std::string(advice);
  };
  if (content.starts_with("PK\x03\x04"sv)) return found("is a zip archive, as PyTorch writes (.pt, .pth)", kConvert);
  if (is_pickle(content)) return found("is a pickle, as older PyTorch writes (.pt, .pth)", kConvert);
  if (content.starts_with("\x89HDF\r\n\x1a\n"sv)) return found("is an HDF5 file, as Keras writes (.h5)", kConvert);
  if (content.starts_with("\x93NUMPY"sv)) return found("is an array of NumPy (.npy), not a file of weights");
  if (content.starts_with("GGUF"sv)) return found("is a GGUF file, not safetensors");
  if (is_onnx(content)) return found("is an ONNX file", kConvert);
  const std::string head = beginning(content, 64);
  if (head.starts_with("version https://git-lfs.github.com/spec/"))
    return found("is a git-lfs pointer, not the file that it stands for: run `git lfs pull`");
  if (head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<?xml"))
    return found("is a web page, not a file of weights: the download went wrong");
  if (is_text(content))
    return found(
        "is a text file, such as a configuration, not a file of weights: `cnnctl train` trains a configuration");
  return std::nullopt;
}

}  // namespace cnnctl
