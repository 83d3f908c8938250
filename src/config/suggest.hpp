// The word that the user meant: slips of the pen, first words of longer names, and the spellings of Keras, ONNX, Caffe
// and PyTorch.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/node.hpp"

namespace cnnctl {

/// A word of other tools, in lower case and without underscores, and what it is called here.
struct ForeignWord {
  std::string_view theirs, ours;
};
/// All of them; of a word that depends on where it stands there are several. This room knows no vocabulary: they are
/// told by the one that has it, experiment/foreign_words.cpp.
std::span<const ForeignWord> foreign_words();

bool contains(std::span<const std::string_view> words, std::string_view word);

/// The candidate that the word means, empty if none comes near.
std::string_view meant(std::string_view word, std::span<const std::string_view> candidates);

/// " (did you mean 'kernel_size'?)", or an empty string if no candidate comes near.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

/// suggest(), or else the candidates themselves: "; legal are: a, b, c".
std::string suggest_or_list(std::string_view word, std::span<const std::string_view> candidates);

/// Both: " (did you mean 'a'?); known are a, b, c". For words of which there are few enough to show.
std::string suggest_and_list(std::string_view word, std::span<const std::string_view> candidates);

/// Reports every key of `map` that is not among `names`: "conv2d has no field 'kernal' (did you mean 'kernel_size'?)".
/// Returns whether there was none.
bool refuse_unknown_keys(const Node& map, std::span<const std::string_view> names, std::string_view what,
                         std::string_view noun, Diagnostics& diagnostics);

/// Whether an unknown key of `map` means `name`, so that its absence need not be reported as well.
bool is_misspelt(std::string_view name, const Node& map, std::span<const std::string_view> names);

}  // namespace cnnctl
