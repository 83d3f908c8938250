#include "cli/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.hpp"
#include "cli/options.hpp"
#include "experiment/experiment.hpp"

namespace cnnctl::cli {
namespace {

constexpr std::string_view kNetwork[] = {"model", "blocks", "runtime"};
constexpr std::string_view kGoal[] = {"loss", "objective", "metrics"};
/// What divides the samples.
constexpr std::string_view kDivision[] = {"seed", "data.validation"};
/// What opens the samples, besides the fields of their format.
constexpr std::string_view kSamples[] = {"data.format", "data.size", "data.fit", "data.cache"};
/// What becomes of them where no checkpoint says it.
constexpr std::string_view kPreparation[] = {"data.normalize", "data.augment"};
constexpr std::string_view kTraining[] = {
    "optimizer", "parameters", "train.clip_grad_norm", "train.clip_grad_value", "data.batch_size", "name"};
/// What the data may say of the input.
constexpr std::string_view kInput[] = {"data.format", "data.size", "data.augment"};

/// A command's name, the keys that it uses, and why it has no use for others.
struct Profile {
  std::string_view name;
  std::vector<std::span<const std::string_view>> keys;
  std::vector<std::string_view> more;
  bool format_fields;  // those of the dataset's format
  std::string_view why;
};

Profile profile_of(Uses command) {
  constexpr std::string_view kKept = "only training uses it, or the checkpoint keeps it";
  switch (command) {
    case Uses::eval:
      return {"eval", {kNetwork, kGoal, kDivision, kSamples}, {"data.batch_size", "data.keep_clean"}, true, kKept};
    case Uses::eval_weights:
      return {"eval",
              {kNetwork, kGoal, kDivision, kSamples, kPreparation},
              {"data.batch_size", "data.keep_clean"},
              true,
              "only training uses it"};
    case Uses::infer:
      return {
          "infer", {kNetwork}, {}, false, "the checkpoint keeps what is done to pictures, and the rest is training's"};
    case Uses::infer_weights:
      return {"infer", {kNetwork, kDivision, kSamples, kPreparation}, {}, true, "it only runs the network"};
    case Uses::bench:
      return {"bench",
              {kNetwork, kTraining, kInput},
              {"seed", "loss", "objective"},
              true,
              "it measures steps on made-up data"};
    case Uses::summary:
      break;
  }
  return {"summary",
          {kNetwork, kTraining, kInput},
          {"objective", "data.validation", "train.accumulate", "train.ema", "train.swa"},
          true,
          "it changes neither layers nor memory"};
}

/// Whether one of the paths leads to the other.
bool meet(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.');
}

bool is_field(const std::vector<FieldDoc>& fields, std::string_view name) {
  return std::ranges::any_of(fields, [name](const FieldDoc& field) { return field.name == name; });
}

/// The fields of `data` whatever the format.
const std::vector<FieldDoc>& data_fields() {
  static const std::vector<FieldDoc> fields = [] {
    DataConfig data;
    return document_fields(data);
  }();
  return fields;
}

bool is_section(std::string_view name) {
  static const std::vector<FieldDoc> sections = [] {
    Settings settings;
    return document_fields(settings);
  }();
  return is_field(sections, name);
}

}  // namespace

bool has_effect(Uses command, std::string_view path) {
  const Profile profile = profile_of(command);
  const std::string_view section = path.substr(0, path.find('.'));
  if (!is_section(section)) return true;
  for (const std::span<const std::string_view> keys : profile.keys)
    for (const std::string_view key : keys)
      if (meet(key, path)) return true;
  for (const std::string_view key : profile.more)
    if (meet(key, path)) return true;
  if (section != "data" || !profile.format_fields) return false;
  const std::string_view rest = path.substr(std::min(path.size(), section.size() + 1));
  return !is_field(data_fields(), rest.substr(0, rest.find('.')));  // of a format, or nobody's
}

void require_effect(Uses command, const std::vector<std::string>& overrides) {
  require_overrides(overrides);
  for (const std::string& text : overrides) {
    const std::string_view path = std::string_view(text).substr(0, text.find('='));
    if (has_effect(command, path)) continue;
    const Profile profile = profile_of(command);
    throw UsageError(fmt::format("{} has no effect in {}: {}", path, profile.name, profile.why));
  }
}

}  // namespace cnnctl::cli
