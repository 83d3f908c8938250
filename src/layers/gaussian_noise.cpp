// layers/gaussian_noise.cpp - adds normally distributed numbers while training; nothing in inference.
#include <algorithm>

#include "base/rng.hpp"
#include "kernels/pointwise/dropout.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class GaussianNoise final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("std");
    f.optional("std", std_, "standard deviation of what is added", between(0, 1e6));
  }

  Plan plan(const Inputs& inputs) override { return plan_in_place(inputs); }

  void forward(const Forward& f) const override {
    const std::int64_t size = f.output.shape.count();
    if (f.mode == Mode::infer || std_ == 0)
      return kernels::copy(f.workers, f.output.count(), f.inputs[0].data, f.output.data, false);
    const std::uint64_t stream = kernels::stream_of({f.key.seed, f.key.step, f.key.layer});
    f.workers.run(f.part.n, [&](std::int64_t n, int) {
      Rng rng(stream, Purpose::dropout, static_cast<std::uint64_t>(f.part.first + n));
      const auto add = [&](real x) { return x + static_cast<real>(std_) * static_cast<real>(rng.normal()); };
      std::transform(f.inputs[0].data + n * size, f.inputs[0].data + (n + 1) * size, f.output.data + n * size, add);
    });
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr) kernels::copy(b.workers, b.output_gradient.count(), b.output_gradient.data, dx, accumulate);
  }

  Traits traits() const override { return {.identity_in_inference = true}; }

 private:
  double std_ = 0.1;
};

}  // namespace

extern constinit const Kind<Layer> kGaussianNoise =
    kind_of<Layer, GaussianNoise>("gaussian_noise",
                                  "Adds normally distributed numbers while training; nothing in inference.\n"
                                  "training: y = x + std * n, n normal; else y = x",
                                  "{std: 0.05}");

}  // namespace cnnctl
