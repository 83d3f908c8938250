#include "layers/conv_volume.hpp"

#include <algorithm>

#include "kernels/pointwise/elementwise.hpp"

namespace cnnctl {
namespace {

/// The scratch of the calling worker.
std::byte* own_scratch(const Run& r) {
  int self = 0;
  r.workers.run(1, [&](std::int64_t, int worker) { self = worker; });
  return r.memory.scratch_of(self);
}

View& results_of(Forward& f) { return f.output; }
View& results_of(Backward& b) { return b.output_gradient; }

}  // namespace

void ConvVolume::plan(const kernels::ConvGeometry& geometry, const Inputs& inputs, Plan& plan) {
  geometry_ = geometry;
  kernels::ConvGeometry slices = geometry;
  slices.n = depth_.output;
  Inputs of_slices = inputs;
  of_slices.batch = depth_.output;
  slices_.plan(slices, of_slices, plan);
  plan.output = {geometry.k, depth_.output, geometry.oh, geometry.ow};
  if (!depth_.is_each_by_itself()) {
    stacked_at_ = aligned(plan.bytes.worker_scratch);
    plan.bytes.worker_scratch = stacked_at_ + aligned(static_cast<std::size_t>(stacked_values()) * sizeof(real));
  }
  if (inputs.mode == Mode::train && inputs.parameter_gradients && sum_values() == 0) {
    one_gradient_at_ = aligned(plan.bytes.parameter_scratch);
    plan.bytes.parameter_scratch = one_gradient_at_ + static_cast<std::size_t>(geometry.weight_count()) * sizeof(real);
  }
}

template <class Body>
void ConvVolume::for_runs(std::int64_t tap, const Body& body) const {
  const std::int64_t run = channels() / geometry_.groups;
  for (std::int64_t group = 0; group < geometry_.groups; ++group)
    body(group * run, (group * depth_.taps + tap) * run, run);
}

const real* ConvVolume::stack(const Workers& workers, const real* x, real* to) const {
  if (depth_.is_each_by_itself()) return x;
  const std::int64_t pixels = geometry_.h * geometry_.w;
  workers.run(depth_.output, [&](std::int64_t result, int worker) {
    const Workers alone = Workers::alone(worker);
    real* const image = to + result * pixels * geometry_.c;
    for (std::int64_t tap = 0; tap < depth_.taps; ++tap) {
      const std::int64_t slice = depth_.slice(result, tap);
      for_runs(tap, [&](std::int64_t from, std::int64_t at, std::int64_t count) {
        if (depth_.has(slice))
          return kernels::copy_columns(alone, pixels, count, x + slice * slice_values() + from, channels(), image + at,
                                       geometry_.c, false);
        for (std::int64_t pixel = 0; pixel < pixels; ++pixel)
          std::fill_n(image + pixel * geometry_.c + at, count, real{0});
      });
    }
  });
  return to;
}

void ConvVolume::unstack(const Workers& workers, const real* images, real* dx, bool accumulate) const {
  const std::int64_t pixels = geometry_.h * geometry_.w;
  workers.run(depth_.input, [&](std::int64_t slice, int worker) {
    const Workers alone = Workers::alone(worker);
    real* const to = dx + slice * slice_values();
    if (!accumulate) std::fill_n(to, slice_values(), real{0});
    for (std::int64_t tap = 0; tap < depth_.taps; ++tap) {
      const std::int64_t start = slice + depth_.before - tap * depth_.dilation, result = start / depth_.stride;
      if (start < 0 || start % depth_.stride != 0 || result >= depth_.output) continue;
      for_runs(tap, [&](std::int64_t from, std::int64_t at, std::int64_t count) {
        kernels::copy_columns(alone, pixels, count, images + result * pixels * geometry_.c + at, geometry_.c, to + from,
                              channels(), true);
      });
    }
  });
}

template <class Pass, class Body>
void ConvVolume::for_samples(const Pass& pass, real* stacked, const Body& body) const {
  Pass one = pass;
  one.part = {.first = 0, .n = depth_.output};
  real* const results = results_of(one).data;
  for (std::int64_t n = 0; n < pass.part.n; ++n) {
    ConstView x;
    if (stacked != nullptr) x.data = stack(pass.workers, pass.inputs[0].data + n * sample_values(), stacked);
    one.inputs = {&x, 1};
    results_of(one).data = results + n * result_values();
    body(n, one);
  }
}

real* ConvVolume::own_stack(const Run& r) const { return reinterpret_cast<real*>(own_scratch(r) + stacked_at_); }

void ConvVolume::forward(const Forward& f, const real* weights, const kernels::Epilogue& epilogue) const {
  for_samples(f, own_stack(f), [&](std::int64_t, const Forward& one) { slices_.forward(one, weights, epilogue); });
}

void ConvVolume::input_gradient(const Backward& b) const {
  const bool direct = depth_.is_each_by_itself();
  real* const stacked = own_stack(b);
  const auto [first, accumulate] = b.input_gradients[0];
  for_samples(b, nullptr, [&, first = first, accumulate = accumulate](std::int64_t n, Backward& one) {
    real* const dx = first + n * sample_values();
    const Gradient gradient{direct ? dx : stacked, direct && accumulate};
    one.input_gradients = {&gradient, 1};
    slices_.input_gradient(one);
    if (!direct) unstack(b.workers, stacked, dx, accumulate);
  });
}

void ConvVolume::add_weights(const Backward& b, real* sum, real* scratch) const {
  for_samples(b, scratch + stacked_at_ / sizeof(real),
              [&](std::int64_t, const Backward& one) { slices_.add_weights(one, sum, scratch); });
}

/// The sum of what the samples give one by one, in their order.
void ConvVolume::weight_gradient(const Backward& b) const {
  auto* const share = reinterpret_cast<real*>(b.memory.scratch + one_gradient_at_);
  real* const gradient = b.parameter_gradients[0];
  for_samples(b, own_stack(b), [&](std::int64_t n, Backward& one) {
    real* const to = n == 0 ? gradient : share;
    one.parameter_gradients = {&to, 1};
    slices_.weight_gradient(one);
    if (n > 0) kernels::copy(b.workers, geometry_.weight_count(), share, gradient, true);
  });
}

}  // namespace cnnctl
