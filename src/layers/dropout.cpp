// layers/dropout.cpp - zeroes values at random while training and scales the others, so that sums keep their mean.
#include "kernels/pointwise/dropout.hpp"

#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Dropout final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p_, "share of values that become zero", fraction());
  }

  Plan plan(const Inputs& inputs) override { return plan_in_place(inputs); }

  void forward(const Forward& f) const override { run(f, f.output.count(), f.inputs[0].data, f.output.data, false); }

  // The mask is drawn a second time from its key: that costs less than to write it down and to keep it.
  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr) run(b, b.output_gradient.count(), b.output_gradient.data, dx, accumulate);
  }

  Traits traits() const override { return {.identity_in_inference = true}; }

 private:
  void run(const Run& r, std::int64_t count, const real* from, real* to, bool accumulate) const {
    if (r.mode == Mode::infer || p_ == 0)
      kernels::copy(r.workers, count, from, to, accumulate);
    else
      kernels::dropout(r.workers, {r.key.seed, r.key.step, r.key.layer}, p_, r.part.first * (count / r.part.n), count,
                       from, to, accumulate);
  }

  double p_ = 0.5;
};

}  // namespace

extern constinit const Kind<Layer> kDropout =
    kind_of<Layer, Dropout>("dropout",
                            "Zeroes a share of the values at random while training; nothing in inference.\n"
                            "training: y = x / (1 - p), or 0 with probability p; else y = x\n"
                            "Srivastava et al., \"Dropout\", JMLR 2014",
                            "{p: 0.3}");

}  // namespace cnnctl
