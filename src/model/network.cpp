#include "model/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

/// Every parameter starts on a cache line.
constexpr std::int64_t kAlignedValues = static_cast<std::int64_t>(kAlignment / sizeof(real));
std::int64_t padded(std::int64_t count) { return pieces(count, kAlignedValues) * kAlignedValues; }

/// Calls body(position in the file's order, position in memory) for `count` values of a parameter, from `first` on as
/// the file has them.
template <class Body>
void for_positions(const Parameter& p, std::int64_t first, std::int64_t count, const Body& body) {
  if (p.order.empty()) {
    for (std::int64_t i = first; i < first + count; ++i) body(static_cast<std::size_t>(i), static_cast<std::size_t>(i));
    return;
  }
  const std::size_t rank = p.order.size();
  std::vector<std::int64_t> stride(rank), index(rank);  // strides in memory, by dimension of the file
  std::int64_t values = 1;
  for (std::size_t d = rank; d-- > 0; values *= p.split[static_cast<std::size_t>(p.order[d])])
    stride[static_cast<std::size_t>(p.order[d])] = values;
  std::int64_t memory = 0, rest = first;
  for (std::size_t d = rank; d-- > 0; rest /= p.split[d]) memory += (index[d] = rest % p.split[d]) * stride[d];
  for (std::int64_t file = first; file < first + count; ++file) {
    body(static_cast<std::size_t>(file), static_cast<std::size_t>(memory));
    for (std::size_t d = rank; d-- > 0;) {  // counts up with the file's last dimension fastest
      memory += stride[d];
      if (++index[d] < p.split[d]) break;
      memory -= stride[d] * index[d];
      index[d] = 0;
    }
  }
}

template <class Body>
void for_positions(const Parameter& p, const Body& body) {
  for_positions(p, 0, p.count(), body);
}

void require_values(std::int64_t count) {
  if (count > kMostValues) throw ShapeError("with this layer the network has more than 2^36 values");
}

}  // namespace

Network::Network(ModelSpec spec, Memory memory) : spec_(std::move(spec)) {
  Diagnostics diagnostics;
  std::map<std::string, Shape, std::less<>> shapes;
  for (const ModelInput& input : spec_.inputs) shapes[input.name] = input.shape;
  std::int64_t results = 0;  // of all layers so far, for one sample
  for (LayerSpec& layer : spec_.layers) {
    LayerInfo info{.name = layer.name,
                   .type = std::string(layer.layer.kind->name),
                   .inputs = layer.inputs,
                   .input_shapes = {},
                   .output = {},
                   .reach = {},
                   .parameters = {}};
    for (const std::string& input : layer.inputs)
      if (const auto found = shapes.find(input); found != shapes.end()) info.input_shapes.push_back(found->second);
    if (info.input_shapes.size() != layer.inputs.size()) continue;  // its input failed and has been reported
    try {
      Choice<Layer> planned = layer.layer;
      Inputs inputs;
      inputs.shapes = info.input_shapes;
      inputs.batch = 2;  // the least that batch norm can train with; shapes and parameters do not depend on it
      add(std::move(info), planned->plan(inputs));
      shapes[layer.name] = layers_.back().output;
      require_values(results += layers_.back().output.count());
    } catch (const ShapeError& e) {
      diagnostics.error(layer.where, fmt::format("layer '{}' ({}): {}", layer.name, layer.layer.kind->name, e.what()));
    }
  }
  diagnostics.throw_if_errors();
  CNNCTL_CHECK(!layers_.empty() && !spec_.inputs.empty());
  find_outputs();
  order_parameters();
  group_parameters(diagnostics);
  diagnostics.throw_if_errors();
  if (memory == Memory::now) reserve();
}

void Network::reserve() {
  values_ = Tensor(1, {flat_size_});
  statistics_ = Tensor(1, {statistics_size_});
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    parameters_[i].values = (parameters_[i].parameter.trainable() ? values_ : statistics_).data() + offsets_[i];
}

void Network::find_outputs() {
  if (spec_.outputs.empty()) outputs_ = {layers_.size() - 1};
  for (const std::string& name : spec_.outputs) {
    const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const LayerInfo& l) { return l.name == name; });
    CNNCTL_CHECK(found != layers_.end());
    outputs_.push_back(static_cast<std::size_t>(found - layers_.begin()));
  }
}

void Network::add(LayerInfo info, const Plan& plan) {
  info.output = plan.output;
  info.macs = plan.macs;
  info.reach = plan.reach;
  for (const Parameter& p : plan.parameters) {
    info.parameters.push_back(parameters_.size());
    std::int64_t& size = p.trainable() ? flat_size_ : statistics_size_;
    require_values(size += padded(p.count()));
    if (p.trainable()) info.parameter_count += p.count();
    parameters_.push_back({.name = p.name.empty() ? info.name : info.name + "." + p.name, .parameter = p});
  }
  trainable_ += info.parameter_count;
  layers_.push_back(std::move(info));
}

void Network::order_parameters() {
  std::vector<std::size_t> order(parameters_.size()), place(parameters_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!parameters_[i].parameter.name.empty()) continue;
    const std::string& name = parameters_[i].name;
    const std::string module = name.substr(0, name.rfind('.') + 1);
    const auto inside = [&](std::size_t p) {
      return parameters_[p].name.starts_with(module) && !parameters_[p].parameter.name.empty();
    };
    const auto at = std::find(order.begin(), order.end(), i), first = std::find_if(order.begin(), at, inside);
    std::rotate(first, at, at + 1);
  }
  std::vector<NamedParameter> ordered;
  std::int64_t flat = 0, statistics = 0;
  for (const std::size_t from : order) {
    place[from] = ordered.size();
    ordered.push_back(std::move(parameters_[from]));
    std::int64_t& size = ordered.back().parameter.trainable() ? flat : statistics;
    offsets_.push_back(size);
    size += padded(ordered.back().parameter.count());
  }
  parameters_ = std::move(ordered);
  for (LayerInfo& layer : layers_)
    for (std::size_t& p : layer.parameters) p = place[p];
}

void Network::group_parameters(Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (NamedParameter& parameter : parameters_) {
    names.push_back(parameter.name);
    const std::optional<std::size_t> group = group_of(spec_.groups, parameter.name);
    if (!group) continue;
    parameter.trained = spec_.groups[*group].train;
    parameter.lr_scale = spec_.groups[*group].lr_scale;
    parameter.decay_scale = spec_.groups[*group].decay_scale;
  }
  check_groups(spec_.groups, names, diagnostics);
  // Statistics follow the batches only for the sake of the parameters beside them.
  for (const LayerInfo& layer : layers_) {
    const auto is = [&](bool trainable, bool trained) {
      return std::any_of(layer.parameters.begin(), layer.parameters.end(), [&](std::size_t p) {
        return parameters_[p].parameter.trainable() == trainable && parameters_[p].trained == trained;
      });
    };
    if (!is(true, false) && !is(true, true)) continue;
    for (const std::size_t p : layer.parameters)
      if (!parameters_[p].parameter.trainable()) parameters_[p].trained = is(true, true);
  }
  refuse_statistics_alone(diagnostics);
  const bool any = std::any_of(parameters_.begin(), parameters_.end(),
                               [](const NamedParameter& p) { return p.parameter.trainable(); });
  const bool some = std::any_of(parameters_.begin(), parameters_.end(),
                                [](const NamedParameter& p) { return p.parameter.trainable() && p.trained; });
  if (any && !some && !spec_.groups.empty())
    diagnostics.error(spec_.groups.front().match.front().where, "every parameter is frozen: nothing is left to train");
}

/// That statistics stand still while what they serve is trained is not to be had, and must not be asked for in vain.
void Network::refuse_statistics_alone(Diagnostics& diagnostics) const {
  for (std::size_t g = 0; g < spec_.groups.size(); ++g) {
    if (spec_.groups[g].train) continue;
    const NamedParameter* moving = nullptr;
    bool others = false;
    for (const NamedParameter& p : parameters_) {
      if (group_of(spec_.groups, p.name) != g) continue;
      if (p.parameter.trainable() || !p.trained)
        others = true;
      else if (moving == nullptr)
        moving = &p;
    }
    if (moving == nullptr || others) continue;
    diagnostics.error(spec_.groups[g].match[0].where,
                      fmt::format("'{}' follows the batches as long as a weight or a bias beside it is trained; freeze "
                                  "these as well: \"{}.*\"",
                                  moving->name, moving->name.substr(0, moving->name.rfind('.'))));
  }
}

std::int64_t Network::frozen_count() const {
  std::int64_t count = 0;
  for (const NamedParameter& p : parameters_)
    if (p.parameter.trainable() && !p.trained) count += p.parameter.count();
  return count;
}

void Network::initialise(std::uint64_t seed) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor values(1, {parameters_[i].parameter.count()});  // unlike the heap it goes back to the system at once
    cnnctl::initialise(parameters_[i].parameter.init, seed, parameters_[i].name, values.span());
    import_values(i, values.span());
  }
}

real* Network::flat_gradients() {
  if (gradients_.data() == nullptr && flat_size_ > 0) {
    gradients_ = Tensor(1, {flat_size_});
    for (std::size_t i = 0; i < parameters_.size(); ++i)
      if (parameters_[i].parameter.trainable()) parameters_[i].gradient = gradients_.data() + offsets_[i];
  }
  return gradients_.data();
}

FlatRange Network::flat_range(std::size_t index) const {
  return {offsets_[index], offsets_[index] + padded(parameters_[index].parameter.count())};
}

std::vector<Segment> Network::segments(bool decay_bias_and_norm) const {
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i].parameter;
    if (!p.trainable() || !parameters_[i].trained) continue;
    const bool decays = decay_bias_and_norm || p.role == Parameter::Role::weight;
    const FlatRange range = flat_range(i);
    segments.push_back({.begin = range.begin,
                        .end = range.end,
                        .rate = parameters_[i].lr_scale,
                        .decay = decays ? parameters_[i].decay_scale : 0,
                        .parameter = static_cast<std::uint32_t>(i)});
  }
  return segments;
}

void Network::export_range(std::size_t index, const real* values, std::int64_t first, std::span<real> file) const {
  const auto at = static_cast<std::size_t>(first);
  for_positions(parameters_[index].parameter, first, static_cast<std::int64_t>(file.size()),
                [&](std::size_t to, std::size_t from) { file[to - at] = values[from]; });
}

void Network::import_values(std::size_t index, std::span<const real> file) {
  CNNCTL_CHECK_EQ(file.size(), parameters_[index].parameter.count());
  for_positions(parameters_[index].parameter,
                [&](std::size_t from, std::size_t to) { parameters_[index].values[to] = file[from]; });
}

std::span<real> Network::place_of(std::size_t index, real* flat) const {
  const Parameter& parameter = parameters_[index].parameter;
  if (!parameter.order.empty()) return {};
  return {flat != nullptr ? flat + offsets_[index] : parameters_[index].values,
          static_cast<std::size_t>(parameter.count())};
}

std::vector<real> Network::export_values(std::size_t index) const {
  std::vector<real> file(static_cast<std::size_t>(parameters_[index].parameter.count()));
  export_range(index, parameters_[index].values, 0, file);
  return file;
}

void Network::import_flat(std::size_t index, std::span<const real> file, real* flat) const {
  CNNCTL_CHECK_EQ(file.size(), parameters_[index].parameter.count());
  for_positions(parameters_[index].parameter, [&](std::size_t from, std::size_t to) {
    flat[offsets_[index] + static_cast<std::int64_t>(to)] = file[from];
  });
}

std::uint64_t Network::hash() const {
  std::uint64_t hash = 0;
  for (const NamedParameter& p : parameters_)
    hash = hash_bytes(std::as_bytes(std::span(p.values, static_cast<std::size_t>(p.parameter.count()))), hash);
  return hash;
}

std::string Network::first_nonfinite() const {
  for (const NamedParameter& p : parameters_) {
    const std::span values(p.values, static_cast<std::size_t>(p.parameter.count()));
    if (!std::all_of(values.begin(), values.end(), [](real v) { return std::isfinite(v); })) return p.name;
  }
  return {};
}

}  // namespace cnnctl
