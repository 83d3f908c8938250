// What people give in place of safetensors and of configurations: known by the first bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cnnctl {

struct ForeignFile {
  enum class Kind { weights, picture, pointer, page, text, other } kind;
  std::string_view name;  // "a git-lfs pointer"
};

/// What a file is that begins like this; none for what may be safetensors.
std::optional<ForeignFile> foreign_file(std::string_view content);

/// What a file is that stands where weights are wanted, and what to do about it, as the end of a sentence that begins
/// with its name: "is a PyTorch file (.pt, .pth); ...". None for what may be safetensors.
std::optional<std::string> in_place_of_weights(std::string_view content);
/// The same where a configuration is wanted; none for what may be one.
std::optional<std::string> in_place_of_configuration(std::string_view content);

}  // namespace cnnctl
