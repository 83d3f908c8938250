// load_model and load_state of checkpoint.hpp. First everything is compared and looked through, then copied: an error
// leaves the network as it was.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/fresh.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/info.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {
namespace {

/// Where the values of one tensor go.
struct Target {
  std::string name;       // in the file
  std::size_t parameter;  // position in the network
  real* flat = nullptr;   // an optimizer's array; null for the parameter itself
};

std::vector<Target> parameter_targets(const Network& network, std::string_view wrapping = "") {
  std::vector<Target> targets;
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    targets.push_back({fmt::format("{}{}", wrapping, network.parameters()[i].name), i});
  return targets;
}

void add_state_targets(const Network& network, std::span<const NamedState> optimizer, std::vector<Target>& targets) {
  for (const NamedState& state : optimizer)
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
      const NamedParameter& parameter = network.parameters()[i];
      real* const flat = parameter.parameter.trainable() ? state.values : state.statistics;
      if (flat != nullptr) targets.push_back({state_name(state.name, parameter.name), i, flat});
    }
}

/// What stands before the names in this file: of all wrappings in it the one under which most of the network's
/// parameters are found, the shortest of equals; mostly none.
std::string wrapping_of(const Safetensors& file, const Network& network) {
  std::set<std::string, std::less<>> candidates;
  for (const TensorEntry& entry : file.tensors())
    for (const std::string_view wrapping : wrappings(entry.name)) candidates.emplace(wrapping);
  const auto found_with = [&](std::string_view wrapping) {
    return std::count_if(network.parameters().begin(), network.parameters().end(), [&](const NamedParameter& p) {
      return file.find(fmt::format("{}{}", wrapping, p.name)) != nullptr;
    });
  };
  std::string best;
  std::ptrdiff_t most = found_with(best);
  for (const std::string& candidate : candidates) {  // longer ones follow their beginnings
    const std::ptrdiff_t found = found_with(candidate);
    if (found <= most) continue;
    best = candidate;
    most = found;
  }
  return best;
}

/// Which targets the file serves, and everything that does not fit. `passes` says which surplus tensors are none.
template <class Passes>
std::vector<Target> match(const Safetensors& file, const Network& network, const std::vector<Target>& targets,
                          const Passes& passes, LoadReport& report) {
  std::vector<Target> fitting;
  std::set<std::string_view> wanted;
  for (const Target& target : targets) {
    wanted.insert(target.name);
    const TensorEntry* entry = file.find(target.name);
    const std::vector<std::int64_t>& shape = network.parameters()[target.parameter].parameter.shape;
    if (entry == nullptr)
      report.missing.push_back(target.name);
    else if (entry->shape != shape)
      report.mismatched.push_back(fmt::format("{}: {} in the file, {} in the network", target.name, entry->shape_str(),
                                              TensorEntry{"", "", shape}.shape_str()));
    else if (!entry->is_float())
      report.mismatched.push_back(fmt::format("{}: {} in the file, floats in the network", target.name, entry->dtype));
    else
      fitting.push_back(target);
  }
  for (const TensorEntry& entry : file.tensors())
    if (!wanted.contains(entry.name) && !passes(entry.name)) report.unexpected.push_back(entry.name);
  return fitting;
}

void require_all(const Safetensors& file, const LoadReport& report) {
  std::string message;
  if (!report.missing.empty()) message += "\n  missing in the file: " + first_few(report.missing);
  if (!report.unexpected.empty()) message += "\n  not in the network: " + first_few(report.unexpected);
  if (!report.mismatched.empty()) message += "\n  other shape or type: " + first_few(report.mismatched, "; ");
  if (!message.empty()) throw CheckpointError(file.path(), "does not fit the network" + message);
}

/// That nothing fits is never what was meant.
void require_any(const Safetensors& file, const LoadReport& report, bool any) {
  if (any) return;
  std::string message = "has nothing that fits the network";
  if (!report.missing.empty()) message += "\n  the network has: " + first_few(report.missing);
  if (!report.unexpected.empty()) message += "\n  the file has: " + first_few(report.unexpected);
  if (!report.mismatched.empty()) message += "\n  other shape or type: " + first_few(report.mismatched, "; ");
  throw CheckpointError(file.path(), message);
}

/// That all values are finite, and none of a variance negative.
void require_sound(const Safetensors& file, const std::vector<Target>& targets) {
  std::int64_t nonfinite = 0;
  std::string first, message;  // of the first variance that is none
  for (const Target& target : targets) {
    const TensorEntry& entry = *file.find(target.name);
    std::int64_t negative = 0;
    double least = 0;
    file.each_piece(entry, [&](std::span<const double> values) {
      for (const double value : values) {
        negative += value < 0;
        least = std::min(least, value);
        if (std::isfinite(static_cast<real>(value))) continue;
        if (nonfinite++ == 0) first = target.name;
      }
    });
    if (negative > 0 && message.empty() && is_variance(target.name))
      message = negative_message(negative, entry.count(), target.name, least);
  }
  if (nonfinite > 0) throw CheckpointError(file.path(), nonfinite_message(nonfinite, first));
  if (!message.empty()) throw CheckpointError(file.path(), message);
}

/// Once all that can be wrong was looked for. What must be turned into memory's order is held a tensor at a time.
void copy_into(Network& network, const Safetensors& file, const std::vector<Target>& targets) {
  require_sound(file, targets);
  std::int64_t most = 0;
  for (const Target& target : targets)
    if (network.place_of(target.parameter, target.flat).empty()) most = std::max(most, file.find(target.name)->count());
  std::vector<real, FreshAllocator<real>> room;  // taken once, so that all of it goes back to the system
  room.resize(static_cast<std::size_t>(most));
  for (const Target& target : targets) {
    const TensorEntry& entry = *file.find(target.name);
    if (const std::span<real> place = network.place_of(target.parameter, target.flat); !place.empty()) {
      file.read(entry, place);
      continue;
    }
    const std::span<real> values = std::span(room).first(static_cast<std::size_t>(entry.count()));
    file.read(entry, values);
    if (target.flat != nullptr)
      network.import_flat(target.parameter, values, target.flat);
    else
      network.import_values(target.parameter, values);
  }
}

/// PyTorch counts the batches of a batch norm; nothing that the network computes depends on it.
bool is_batch_count(std::string_view name) { return name.ends_with("num_batches_tracked"); }

}  // namespace

LoadReport load_model(const std::string& path, Network& network, bool strict) {
  const Safetensors file = Safetensors::open(path);
  const bool ours = is_ours(file);
  LoadReport report;
  report.wrapping = wrapping_of(file, network);
  const std::vector<Target> fitting = match(
      file, network, parameter_targets(network, report.wrapping),
      [&](std::string_view name) { return is_batch_count(name) || (ours && is_state_name(name)); }, report);
  if (strict) require_all(file, report);
  require_any(file, report, !fitting.empty());
  copy_into(network, file, fitting);
  report.loaded = fitting.size();
  return report;
}

CheckpointInfo load_state(const std::string& path, Network& network, std::span<const NamedState> optimizer) {
  const Safetensors file = Safetensors::open(path);
  CheckpointInfo info = info_of(file);
  std::vector<Target> targets = parameter_targets(network);
  add_state_targets(network, optimizer, targets);
  LoadReport report;
  const std::vector<Target> fitting = match(file, network, targets, is_data_name, report);
  require_all(file, report);
  copy_into(network, file, fitting);
  return info;
}

}  // namespace cnnctl
