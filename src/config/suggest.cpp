#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace cnnctl {
namespace {

/// What others call it (lower case, without underscores) and what we call it; several lines where it depends.
constexpr std::pair<std::string_view, std::string_view> kForeign[] = {
    // fields
    {"filters", "out_channels"},
    {"numoutput", "out_channels"},
    {"numoutput", "out_features"},
    {"channels", "out_channels"},
    {"units", "out_features"},
    {"features", "out_features"},
    {"strides", "stride"},
    {"kernelshape", "kernel_size"},
    {"poolsize", "kernel_size"},
    {"size", "kernel_size"},
    {"pad", "padding"},
    {"pads", "padding"},
    {"autopad", "padding"},
    {"dilations", "dilation"},
    {"dilationrate", "dilation"},
    {"group", "groups"},
    {"usebias", "bias"},
    {"biasterm", "bias"},
    {"rate", "p"},
    {"ratio", "p"},
    {"dropoutratio", "p"},
    {"prob", "p"},
    {"epsilon", "eps"},
    {"alpha", "negative_slope"},
    {"slope", "negative_slope"},
    {"learningrate", "lr"},
    {"baselr", "lr"},
    {"decay", "weight_decay"},
    {"l2", "weight_decay"},
    {"beta1", "betas"},
    {"beta2", "betas"},
    {"patience", "early_stopping"},
    {"batch", "batch_size"},
    {"numepochs", "epochs"},
    {"maxepochs", "epochs"},
    {"dataset", "data"},
    {"criterion", "loss"},
    {"scheduler", "lr_scheduler"},
    {"lrschedule", "lr_scheduler"},
    {"solver", "optimizer"},
    {"network", "model"},
    {"bottom", "inputs"},
    {"input", "inputs"},
    {"from", "inputs"},
    // entries of catalogues
    {"convolution", "conv2d"},
    {"conv", "conv2d"},
    {"dense", "linear"},
    {"fc", "linear"},
    {"fullyconnected", "linear"},
    {"innerproduct", "linear"},
    {"gemm", "linear"},
    {"pooling", "max_pool2d"},
    {"maxpool", "max_pool2d"},
    {"maxpooling2d", "max_pool2d"},
    {"averagepool", "avg_pool2d"},
    {"averagepooling2d", "avg_pool2d"},
    {"globalaveragepool", "global_avg_pool"},
    {"globalaveragepooling2d", "global_avg_pool"},
    {"adaptiveavgpool2d", "global_avg_pool"},
    {"batchnorm", "batch_norm2d"},
    {"batchnormalization", "batch_norm2d"},
    {"bn", "batch_norm2d"},
    {"concatenate", "concat"},
    {"cat", "concat"},
    {"eltwise", "add"},
    {"residual", "add"},
    {"swish", "silu"},
    {"crossentropyloss", "cross_entropy"},
    {"categoricalcrossentropy", "cross_entropy"},
    {"sparsecategoricalcrossentropy", "cross_entropy"},
    {"nllloss", "cross_entropy"},
    {"meansquarederror", "mse"},
    {"momentum", "sgd"},
    {"cosineannealinglr", "cosine"},
    {"mnist", "idx"},
    {"cifar10", "cifar"},
    {"imagefolder", "image_folder"},
    {"randomhorizontalflip", "horizontal_flip"},
    {"xavier", "xavier_uniform"},
    {"glorot", "xavier_uniform"},
    {"glorotuniform", "xavier_uniform"},
    {"glorotnormal", "xavier_normal"},
    {"kaiming", "kaiming_normal"},
    {"he", "kaiming_normal"},
    {"msra", "kaiming_normal"},
    {"henormal", "kaiming_normal"},
    {"heuniform", "kaiming_uniform"},
    {"gaussian", "normal"},
};

std::string canonical(std::string_view word) {
  std::string text;
  for (const char c : word)
    if (c != '_') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view translate(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string plain = canonical(word);
  for (const std::string_view candidate : candidates)
    if (canonical(candidate) == plain) return candidate;
  for (const auto& [theirs, ours] : kForeign)
    if (theirs == plain && contains(candidates, ours)) return ours;
  return {};
}

/// The candidate whose first words are nearest: "kernal" means "kernel_size".
std::string_view nearest_beginning(std::string_view word, std::span<const std::string_view> candidates) {
  std::vector<std::string_view> beginnings, owners;
  for (const std::string_view candidate : candidates) {
    for (std::size_t end = candidate.find('_'); end != std::string_view::npos; end = candidate.find('_', end + 1)) {
      if (end < 3) continue;
      beginnings.push_back(candidate.substr(0, end));
      owners.push_back(candidate);
    }
  }
  const auto best = nearest(word, beginnings);
  if (!best || word.size() < 3) return {};
  return owners[static_cast<std::size_t>(std::find(beginnings.begin(), beginnings.end(), *best) - beginnings.begin())];
}

}  // namespace

std::string_view meant(std::string_view word, std::span<const std::string_view> candidates) {
  if (const std::string_view ours = translate(word, candidates); !ours.empty()) return ours;
  if (const auto near = nearest(word, candidates)) return *near;
  return nearest_beginning(word, candidates);
}

std::string suggest(std::string_view word, std::span<const std::string_view> candidates) {
  if (contains(candidates, word.substr(0, word.find(':')))) return " (a blank must follow the ':')";
  if (word.starts_with('-') && contains(candidates, word.substr(1))) return " (a blank must follow the '-')";
  const std::string_view candidate = meant(word, candidates);
  return candidate.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", candidate);
}

std::string suggest_or_list(std::string_view word, std::span<const std::string_view> candidates) {
  if (std::string near = suggest(word, candidates); !near.empty()) return near;
  return candidates.empty() ? std::string() : "; known are " + join(candidates);
}

std::string suggest_and_list(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string hint = suggest(word, candidates);
  const bool certain = hint.starts_with(" (a blank");
  return hint + (certain || candidates.empty() ? std::string() : "; known are " + join(candidates));
}

bool refuse_unknown_keys(const Node& map, std::span<const std::string_view> names, std::string_view what,
                         std::string_view noun, Diagnostics& diagnostics) {
  bool good = true;
  for (const Node::Entry& entry : map.entries()) {
    if (contains(names, entry.key)) continue;
    const std::string hint = names.empty() ? "; it takes none" : suggest_or_list(entry.key, names);
    diagnostics.error(entry.where, fmt::format("{} has no {} '{}'{}", what, noun, entry.key, hint));
    good = false;
  }
  return good;
}

bool is_misspelt(std::string_view name, const Node& map, std::span<const std::string_view> names) {
  return std::any_of(map.entries().begin(), map.entries().end(), [&](const Node::Entry& entry) {
    return !contains(names, entry.key) && meant(entry.key, names) == name;
  });
}

}  // namespace cnnctl
