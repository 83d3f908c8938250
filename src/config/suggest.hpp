// The word that the user meant: slips of the pen, first words of longer names, and the spellings of Keras, ONNX, Caffe
// and PyTorch.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cnnctl {

/// " (did you mean 'kernel_size'?)", or an empty string if no candidate comes near.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

/// suggest(), or else the candidates themselves: "; legal are: a, b, c".
std::string suggest_or_list(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace cnnctl
