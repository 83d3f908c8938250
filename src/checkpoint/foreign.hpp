// Files of weights, and what people give in their place, that are no safetensors: known by their first bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cnnctl {

/// What such a file is and what to do about it, as the end of a sentence that begins with its name: "is a PyTorch file
/// (.pt, .pth); ...". None for what may be safetensors.
std::optional<std::string> foreign_file(std::string_view content);

}  // namespace cnnctl
