#include "checkpoint/info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace cnnctl {
namespace {

using nlohmann::json;

/// The fields of TrainingProgress but its sums, said once for both directions.
template <class Progress, class Visit>
void each_field(Progress& p, const Visit& visit) {
  visit("epoch", p.epoch);
  visit("step_in_epoch", p.step_in_epoch);
  visit("step", p.step);
  visit("seen", p.seen);
  visit("best_epoch", p.best_epoch);
  visit("best_value", p.best_value);
  visit("epochs_without_improvement", p.epochs_without_improvement);
}

/// JSON has no infinity, and a best value may be one before the first epoch: such numbers become words.
json to_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
json to_json(std::int64_t value) { return value; }

void from_json_value(const json& value, double& number) {
  if (value == "nan")
    number = std::numeric_limits<double>::quiet_NaN();
  else if (value == "inf")
    number = std::numeric_limits<double>::infinity();
  else if (value == "-inf")
    number = -std::numeric_limits<double>::infinity();
  else if (value.is_number())
    number = value.get<double>();
  else
    throw std::invalid_argument("a number is expected, not " + value.dump());
}
void from_json_value(const json& value, std::int64_t& number) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 53;
  const bool is_count = value.is_number_unsigned() && value.get<std::uint64_t>() <= kMost;
  const bool is_none = value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() == -1;
  if (!is_count && !is_none) throw std::invalid_argument("a count is expected, not " + value.dump());
  number = value.get<std::int64_t>();
}

json noted_json(const Noted& noted) {
  json object = {{"factor", noted.factor}, {"bad_epochs", noted.bad_epochs}, {"cooldown", noted.cooldown}};
  if (noted.best) object["best"] = to_json(*noted.best);
  return object;
}

Noted noted_from(const json& object) {
  Noted noted;
  from_json_value(object.at("factor"), noted.factor);
  from_json_value(object.at("bad_epochs"), noted.bad_epochs);
  from_json_value(object.at("cooldown"), noted.cooldown);
  if (object.contains("best")) from_json_value(object.at("best"), noted.best.emplace());
  return noted;
}

std::string progress_text(const TrainingProgress& progress) {
  json object = json::object();
  each_field(progress, [&](const char* name, const auto& value) { object[name] = to_json(value); });
  if (progress.rollbacks > 0) {
    object["rollbacks"] = progress.rollbacks;
    object["rate_factor"] = progress.rate_factor;
  }
  if (progress.averaged > 0) object["averaged"] = progress.averaged;
  if (progress.noted != Noted{}) object["noted"] = noted_json(progress.noted);
  json& sums = object["sums"] = json::object();
  for (const auto& [name, values] : progress.sums)
    for (const double value : values) sums[name].push_back(to_json(value));
  return object.dump();
}

/// Files of format 1 had a field for each sum, and the earliest weighted every sample alike.
json sums_of_format_1(const json& object) {
  const json& seen = object.at("seen");
  const json& weight = object.contains("loss_weight") ? object.at("loss_weight") : seen;
  return {{"loss", {object.at("loss_sum"), weight}}, {"top1", {object.at("correct"), seen}}};
}

TrainingProgress progress_from(const json& object) {
  TrainingProgress progress;
  each_field(progress, [&](const char* name, auto& value) { from_json_value(object.at(name), value); });
  if (object.contains("rollbacks")) {
    from_json_value(object.at("rollbacks"), progress.rollbacks);
    from_json_value(object.at("rate_factor"), progress.rate_factor);
  }
  if (object.contains("averaged")) from_json_value(object.at("averaged"), progress.averaged);
  if (object.contains("noted")) progress.noted = noted_from(object.at("noted"));
  const json sums = object.contains("sums") ? object.at("sums") : sums_of_format_1(object);
  if (!sums.is_object()) throw std::invalid_argument("an object of sums is expected, not " + sums.dump());
  for (const auto& [name, values] : sums.items())
    for (const json& value : values) from_json_value(value, progress.sums[name].emplace_back());
  return progress;
}

Normalization normalization_from(const json& object) {
  Normalization normalization{object.at("mean").get<std::vector<double>>(),
                              object.at("std").get<std::vector<double>>()};
  if (normalization.mean.size() != normalization.std.size())
    throw std::invalid_argument("mean and std differ in length");
  return normalization;
}

constexpr std::pair<std::string_view, Pipeline::Fit> kFits[] = {{"stretch", Pipeline::Fit::stretch},
                                                                {"cover", Pipeline::Fit::cover}};

json pipeline_json(const Pipeline& pipeline) {
  const auto* const fit =
      std::find_if(std::begin(kFits), std::end(kFits), [&](const auto& entry) { return entry.second == pipeline.fit; });
  json object = {{"picture", pipeline.picture.sizes()}, {"fit", fit->first}, {"input", pipeline.input.sizes()}};
  object["orientation"] = pipeline.orientation == Orientation::apply ? "apply" : "ignore";
  if (pipeline.deep) object["depth"] = 16;  // older programs, which would not know what to do, know no such runs
  return object;
}

Shape shape_from(const json& sizes) {
  const auto numbers = sizes.get<std::vector<std::int64_t>>();
  const bool good = !numbers.empty() && numbers.size() <= Shape::kMaxRank &&
                    std::all_of(numbers.begin(), numbers.end(), [](std::int64_t n) { return n >= 1 && n < 1 << 30; });
  if (!good) throw std::invalid_argument("a shape is expected, not " + sizes.dump());
  return Shape(numbers);
}

/// Everything but the normalisation.
void pipeline_from(const json& object, Pipeline& pipeline) {
  pipeline.picture = shape_from(object.at("picture"));
  pipeline.input = shape_from(object.at("input"));
  const auto word = object.at("fit").get<std::string>();
  const auto* const fit =
      std::find_if(std::begin(kFits), std::end(kFits), [&](const auto& entry) { return entry.first == word; });
  if (fit == std::end(kFits)) throw std::invalid_argument("fit is '" + word + "'");
  pipeline.fit = fit->second;
  const std::string orientation = object.value("orientation", "ignore");
  if (orientation != "apply" && orientation != "ignore")
    throw std::invalid_argument("orientation is '" + orientation + "'");
  pipeline.orientation = orientation == "apply" ? Orientation::apply : Orientation::ignore;
  pipeline.deep = object.value("depth", 8) == 16;
  bool centre = pipeline.picture.rank() == pipeline.input.rank();
  for (int i = 0; centre && i < pipeline.input.rank(); ++i) centre = pipeline.input[i] <= pipeline.picture[i];
  if (!centre) throw std::invalid_argument("input is no part of picture");
}

const std::string& required(const Safetensors& file, const std::string& key) {
  const auto entry = file.metadata().find(key);
  if (entry == file.metadata().end()) throw CheckpointError(file.path(), "its metadata has no " + key);
  return entry->second;
}

/// Parses the JSON under `key` and hands it to `use`, whose complaints get the path and the key.
template <class Use>
void read_json(const Safetensors& file, const std::string& key, const Use& use) {
  const std::string& text = required(file, key);
  try {
    use(json::parse(text));
  } catch (const json::exception& error) {
    throw CheckpointError(file.path(), "its metadata " + key + " is damaged: " + error.what());
  } catch (const std::invalid_argument& error) {
    throw CheckpointError(file.path(), "its metadata " + key + " is damaged: " + error.what());
  }
}

}  // namespace

Metadata to_metadata(const CheckpointInfo& info) {
  const json normalization = {{"mean", info.pipeline.normalization.mean}, {"std", info.pipeline.normalization.std}};
  Metadata metadata = {{"format", "pt"},  // what PyTorch's own readers ask for
                       {"cnnctl.format", std::to_string(kCheckpointFormat)},
                       {"cnnctl.version", CNNCTL_VERSION},
                       {"cnnctl.config", info.config},
                       {"cnnctl.classes", json(info.class_names).dump()},
                       {"cnnctl.normalization", normalization.dump()},
                       {"cnnctl.progress", progress_text(info.progress)},
                       {"cnnctl.metrics", info.metrics.empty() ? "{}" : info.metrics}};
  if (info.pipeline.picture.rank() > 0) metadata["cnnctl.pipeline"] = pipeline_json(info.pipeline).dump();
  return metadata;
}

bool is_ours(const Safetensors& file) {
  const auto entry = file.metadata().find("cnnctl.format");
  if (entry == file.metadata().end()) return false;
  const std::string& text = entry->second;
  int format = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (error != std::errc() || end != text.data() + text.size() || format < 1)
    throw CheckpointError(file.path(), "its format is '" + text + "', expected a number");
  if (format > kCheckpointFormat)
    throw CheckpointError(file.path(),
                          fmt::format("has format {}, written by cnnctl {}; this is cnnctl {}, which reads "
                                      "formats up to {}: use a newer cnnctl",
                                      format, required(file, "cnnctl.version"), CNNCTL_VERSION, kCheckpointFormat));
  return true;
}

CheckpointInfo info_of(const Safetensors& file) {
  if (!is_ours(file))
    throw CheckpointError(file.path(),
                          "holds weights of another program, without a configuration (no cnnctl.format in its "
                          "metadata); `cnnctl train --init-from` can start from them");
  CheckpointInfo info;
  info.config = required(file, "cnnctl.config");
  info.tool_version = required(file, "cnnctl.version");
  info.metrics = required(file, "cnnctl.metrics");
  read_json(file, "cnnctl.classes", [&](const json& list) { info.class_names = list.get<std::vector<std::string>>(); });
  read_json(file, "cnnctl.normalization",
            [&](const json& object) { info.pipeline.normalization = normalization_from(object); });
  if (file.metadata().contains("cnnctl.pipeline"))
    read_json(file, "cnnctl.pipeline", [&](const json& object) { pipeline_from(object, info.pipeline); });
  read_json(file, "cnnctl.progress", [&](const json& object) { info.progress = progress_from(object); });
  read_json(file, "cnnctl.metrics", [&](const json& object) {
    if (!object.is_object()) throw std::invalid_argument("an object is expected");
  });
  return info;
}

CheckpointInfo read_info(const std::string& path) { return info_of(Safetensors::open(path)); }

}  // namespace cnnctl
