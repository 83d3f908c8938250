#include "layers/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/matrix/column_sums.hpp"
#include "kernels/matrix/linear.hpp"
#include "kernels/matrix/products.hpp"
#include "kernels/pointwise/dropout.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

std::size_t bytes_of_reals(std::int64_t count) { return static_cast<std::size_t>(count) * sizeof(real); }

}  // namespace

template <>
struct Words<Recurrent::Steps> {
  static constexpr std::pair<std::string_view, Recurrent::Steps> list[] = {{"all", Recurrent::Steps::all},
                                                                           {"last", Recurrent::Steps::last}};
};

Recurrent::Walk Recurrent::walk_of(std::int64_t layer, std::int64_t direction) const {
  const std::int64_t number = layer * directions() + direction;
  return {layer, direction, number, static_cast<std::size_t>(number * (bias_ ? 4 : 2))};
}

void Recurrent::fields(Fields& f) {
  f.shorthand("hidden_size");
  f.required("hidden_size", hidden_, "values of the state", between(1, kLargestSize));
  f.optional("num_layers", layers_, "layers, each reading the states of the one below", between(1, 256));
  f.optional("bias", bias_, "add trained numbers to the gates");
  f.optional("dropout", dropout_, "share of the values between two layers that become zero while training", fraction());
  f.optional("bidirectional", bidirectional_,
             "read the sequence from its end as well, and put both states side by side");
  f.optional("output", steps_, "the states of all steps, or of the last step of each direction alone");
}

std::vector<Parameter> Recurrent::parameters() const {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden_));
  std::vector<Parameter> all;
  for (std::int64_t layer = 0; layer < layers_; ++layer)
    for (std::int64_t direction = 0; direction < directions(); ++direction) {
      const std::string suffix = fmt::format("_l{}{}", layer, direction == 0 ? "" : "_reverse");
      const auto append = [&](const char* name, std::vector<std::int64_t> shape, Parameter::Role role) {
        all.push_back({.name = name + suffix,
                       .shape = std::move(shape),
                       .role = role,
                       .init = {.type = Init::Type::uniform, .low = -bound, .high = bound},
                       .split = {},
                       .order = {}});
      };
      append("weight_ih", {gate_values(), input_of(layer)}, Parameter::Role::weight);
      append("weight_hh", {gate_values(), hidden_}, Parameter::Role::weight);
      if (bias_) append("bias_ih", {gate_values()}, Parameter::Role::bias);
      if (bias_) append("bias_hh", {gate_values()}, Parameter::Role::bias);
    }
  return all;
}

/// Lengths, then of every layer its output and what of it is left for the next one, and of every walk its gates, its
/// memory and the gradient of its recurrent part.
void Recurrent::place_memory(std::int64_t batch) {
  const std::int64_t steps = batch * length_;
  output_bytes_ = aligned(bytes_of_reals(steps * width()));
  gates_bytes_ = aligned(bytes_of_reals(steps * gate_values()));
  hidden_bytes_ = aligned(bytes_of_reals(steps * hidden_));
  const auto layers = static_cast<std::size_t>(layers_), all = static_cast<std::size_t>(walks());
  lengths_at_ = 0;
  outputs_at_ = aligned(static_cast<std::size_t>(batch) * sizeof(std::int64_t));
  dropped_at_ = outputs_at_ + layers * output_bytes_;
  gates_at_ = dropped_at_ + (train_ && dropout_ > 0 ? layers - 1 : 0) * output_bytes_;
  memory_at_ = gates_at_ + all * gates_bytes_;
  recurrent_at_ = memory_at_ + (memory_ ? all : 0) * hidden_bytes_;
}

Plan Recurrent::plan(const Inputs& inputs) {
  const Shape& x = inputs.shapes[0];
  if (x.axes() != 1)
    throw ShapeError(fmt::format("expects a sequence (channels x length), got {}{}", x.str(),
                                 x.is_image() ? "; reshape and permute make one of an image's rows" : ""));
  has_lengths_ = inputs.shapes.size() > 1;
  if (has_lengths_ && inputs.shapes[1].count() != 1)
    throw ShapeError(fmt::format("lengths are one number a sample, got {}", inputs.shapes[1].str()));
  features_ = x.channels();
  length_ = x.extent(0);
  train_ = inputs.mode == Mode::train;
  summed_ = train_ && inputs.parameter_gradients;
  place_memory(inputs.batch);

  Plan plan;
  plan.output = steps_ == Steps::all ? x.with_channels(width()) : Shape{width()};
  plan.parameters = parameters();
  std::int64_t weights = 0;
  for (std::int64_t layer = 0; layer < layers_; ++layer)
    weights += directions() * gate_values() * (input_of(layer) + hidden_);
  require_macs({length_, weights});
  plan.macs = length_ * weights;
  plan.algorithm = "steps";
  plan.reach = Reach::of_all();

  panels_at_.clear();
  for (std::int64_t walk = 0; walk < walks(); ++walk)
    for (const std::int64_t in : {input_of(walk / directions()), hidden_}) {
      panels_at_.push_back(plan.bytes.prepared);
      plan.bytes.prepared += aligned(bytes_of_reals(in * gate_values()));
    }
  const std::size_t kept = recurrent_at_ + (split_ && train_ ? static_cast<std::size_t>(walks()) * gates_bytes_ : 0);
  (train_ ? plan.bytes.saved : plan.bytes.scratch) = kept;
  // Going back, the gradients of two neighbouring layers' outputs.
  if (train_) plan.bytes.scratch = 2 * output_bytes_;
  // Recurrent part, gradient of the state, its carry, and a row of zeros.
  plan.bytes.worker_scratch = bytes_of_reals(kBlockSamples * (gate_values() + 2 * hidden_) + hidden_);
  if (summed_)
    plan.bytes.parameter_scratch = hidden_bytes_ + kernels::column_sums_scratch(inputs.batch * length_, gate_values());
  plan.reads = {.input = summed_, .output = false};
  return plan;
}

void Recurrent::prepare(const Prepare& p) const {
  for (std::int64_t number = 0; number < walks(); ++number) {
    const Walk walk = walk_of(number / directions(), number % directions());
    for (std::size_t which = 0; which < 2; ++which)
      kernels::linear_pack(
          p.workers, {1, which == 0 ? input_of(walk.layer) : hidden_, gate_values()},
          p.parameters[walk.parameters + which],
          reinterpret_cast<real*>(p.prepared + panels_at_[static_cast<std::size_t>(number) * 2 + which]));
  }
}

std::int64_t* Recurrent::lengths_of(const Run& r) const {
  return reinterpret_cast<std::int64_t*>(kept(r) + lengths_at_);
}
real* Recurrent::output_of(const Run& r, std::int64_t layer) const {
  return reinterpret_cast<real*>(kept(r) + outputs_at_ + static_cast<std::size_t>(layer) * output_bytes_);
}
real* Recurrent::dropped_of(const Run& r, std::int64_t layer) const {
  return reinterpret_cast<real*>(kept(r) + dropped_at_ + static_cast<std::size_t>(layer) * output_bytes_);
}
real* Recurrent::gates_of(const Run& r, const Walk& walk) const {
  return reinterpret_cast<real*>(kept(r) + gates_at_ + static_cast<std::size_t>(walk.number) * gates_bytes_);
}
real* Recurrent::memory_of(const Run& r, const Walk& walk) const {
  if (!memory_) return nullptr;
  return reinterpret_cast<real*>(kept(r) + memory_at_ + static_cast<std::size_t>(walk.number) * hidden_bytes_);
}
real* Recurrent::recurrent_of(const Run& r, const Walk& walk) const {
  if (!split_) return gates_of(r, walk);
  return reinterpret_cast<real*>(kept(r) + recurrent_at_ + static_cast<std::size_t>(walk.number) * gates_bytes_);
}

bool Recurrent::drops(const Run& r, std::int64_t layer) const {
  return r.mode == Mode::train && dropout_ > 0 && layer + 1 < layers_;
}

/// What a layer reads.
const real* Recurrent::input_values(const Run& r, std::int64_t layer) const {
  if (layer == 0) return r.inputs[0].data;
  return drops(r, layer - 1) ? dropped_of(r, layer - 1) : output_of(r, layer - 1);
}

/// Behind layer `layer`, samples [first, first + rows), which x and y begin with. A sample's numbers are drawn by its
/// place in the batch, however many there are.
void Recurrent::drop(const Run& r, std::int64_t layer, std::int64_t first, std::int64_t rows, const real* x,
                     real* y) const {
  const std::int64_t sample = length_ * width();
  for (std::int64_t row = 0; row < rows; ++row)
    kernels::dropout(Workers::alone(0), {r.key.seed, r.key.step, r.key.layer}, dropout_,
                     ((r.part.first + first + row) * layers_ + layer) * sample, sample, x + row * sample,
                     y + row * sample, false);
}

/// Whole numbers from one to the number of steps.
void Recurrent::read_lengths(const Forward& f) const {
  std::int64_t* lengths = lengths_of(f);
  for (std::int64_t n = 0; n < f.part.n; ++n) {
    const double given = has_lengths_ ? static_cast<double>(f.inputs[1].data[n]) : static_cast<double>(length_);
    lengths[n] =
        std::isnan(given) ? length_ : static_cast<std::int64_t>(std::clamp(given, 1.0, static_cast<double>(length_)));
  }
}

void Recurrent::forward(const Forward& f) const {
  read_lengths(f);
  const std::int64_t blocks = pieces(f.part.n, kBlockSamples);
  f.workers.run(blocks, [&](std::int64_t block, int worker) {
    const std::int64_t first = f.part.n * block / blocks, end = f.part.n * (block + 1) / blocks;
    forward_block(f, first, end - first, worker);
  });
}

void Recurrent::forward_block(const Forward& f, std::int64_t first, std::int64_t rows, int worker) const {
  auto* scratch = reinterpret_cast<real*>(f.memory.scratch_of(worker));
  const std::int64_t sample = length_ * width();
  for (std::int64_t layer = 0; layer < layers_; ++layer) {
    for (std::int64_t direction = 0; direction < directions(); ++direction)
      walk_forward(f, walk_of(layer, direction), first, rows, scratch);
    if (drops(f, layer))
      drop(f, layer, first, rows, output_of(f, layer) + first * sample, dropped_of(f, layer) + first * sample);
  }
  if (steps_ == Steps::last) return write_last(f, first, rows);
  std::copy_n(output_of(f, layers_ - 1) + first * sample, rows * sample, f.output.data + first * sample);
}

/// The cell's rows at step t of samples [first, first + rows); at the first step of a direction the state before is
/// `zeros`. The scratch of the recurrent part is not set.
kernels::CellRows Recurrent::rows_at(const Run& r, const Walk& walk, std::int64_t first, std::int64_t rows,
                                     std::int64_t t, const real* zeros) const {
  const std::int64_t before = walk.direction == 0 ? t - 1 : t + 1;
  const bool has_before = before >= 0 && before < length_;
  real* const states = output_of(r, walk.layer) + first * length_ * width() + walk.direction * hidden_;
  real* const memory = memory_ ? memory_of(r, walk) + first * length_ * hidden_ : nullptr;
  return {.rows = rows,
          .hidden = hidden_,
          .gates = gates_of(r, walk) + (first * length_ + t) * gate_values(),
          .gates_ld = length_ * gate_values(),
          .recurrent = nullptr,
          .recurrent_ld = 0,
          .h_before = has_before ? states + before * width() : zeros,
          .before_ld = has_before ? length_ * width() : 0,
          .h = states + t * width(),
          .h_ld = length_ * width(),
          .memory_before = has_before && memory_ ? memory + before * hidden_ : zeros,
          .memory_before_ld = has_before && memory_ ? length_ * hidden_ : 0,
          .memory = memory_ ? memory + t * hidden_ : nullptr,
          .memory_ld = length_ * hidden_};
}

void Recurrent::walk_forward(const Forward& f, const Walk& walk, std::int64_t first, std::int64_t rows,
                             real* scratch) const {
  const auto panels = [&](std::size_t which) {
    return reinterpret_cast<const real*>(f.memory.prepared +
                                         panels_at_[static_cast<std::size_t>(walk.number) * 2 + which]);
  };
  const std::int64_t in = input_of(walk.layer), gates = gate_values();
  const real* const own_bias = bias_ ? f.parameters[walk.parameters + 2] : nullptr;
  const real* const state_bias = bias_ ? f.parameters[walk.parameters + 3] : nullptr;
  real* const recurrent = scratch;
  real* const zeros = scratch + kBlockSamples * (gates + 2 * hidden_);
  std::fill_n(zeros, hidden_, real{0});
  kernels::linear(Workers::alone(0), {rows * length_, in, gates}, input_values(f, walk.layer) + first * length_ * in,
                  panels(0), own_bias, {}, gates_of(f, walk) + first * length_ * gates);
  const std::int64_t* lengths = lengths_of(f) + first;
  for (std::int64_t step_number = 0; step_number < length_; ++step_number) {
    const std::int64_t t = walk.direction == 0 ? step_number : length_ - 1 - step_number;
    kernels::CellRows cell = rows_at(f, walk, first, rows, t, zeros);
    cell.recurrent = recurrent;
    cell.recurrent_ld = gates;
    for (std::int64_t row = 0; row < rows; ++row)
      state_bias != nullptr ? std::copy_n(state_bias, gates, recurrent + row * gates)
                            : std::fill_n(recurrent + row * gates, gates, real{0});
    if (cell.before_ld != 0)
      kernels::multiply({.m = rows,
                         .n = gates,
                         .k = hidden_,
                         .lda = cell.before_ld,
                         .ldb = gates,
                         .ldc = gates,
                         .accumulate = true,
                         .packed_b = true},
                        cell.h_before, panels(1), recurrent);
    step(cell);
    for (std::int64_t row = 0; row < rows; ++row) {  // behind its end a sequence has no state
      if (t < lengths[row]) continue;
      std::fill_n(cell.h + row * cell.h_ld, hidden_, real{0});
      if (memory_) std::fill_n(cell.memory + row * cell.memory_ld, hidden_, real{0});
    }
  }
}

void Recurrent::write_last(const Forward& f, std::int64_t first, std::int64_t rows) const {
  const real* states = output_of(f, layers_ - 1);
  for (std::int64_t n = first; n < first + rows; ++n)
    for (std::int64_t direction = 0; direction < directions(); ++direction) {
      const std::int64_t t = direction == 0 ? lengths_of(f)[n] - 1 : 0;
      std::copy_n(states + (n * length_ + t) * width() + direction * hidden_, hidden_,
                  f.output.data + n * width() + direction * hidden_);
    }
}

}  // namespace cnnctl
