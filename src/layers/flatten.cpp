// layers/flatten.cpp - turns an image, a sequence or a volume into a vector in PyTorch's order: channel by channel,
// each with its positions row by row. So the weights of a following linear layer mean the same there.
#include "kernels/matrix/transpose.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Flatten final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override {
    positions_ = inputs.shapes[0].positions();
    channels_ = inputs.shapes[0].channels();
    Plan plan;
    plan.output = {inputs.shapes[0].count()};
    plan.reach = Reach::of_all();
    plan.reads.input = false;
    plan.in_place = {same_order(), same_order()};
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    if (same_order())
      kernels::copy(f.workers, f.output.count(), f.inputs[0].data, f.output.data, false);
    else
      kernels::transpose(f.workers, f.part.n, positions_, channels_, f.inputs[0].data, f.output.data, false);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const ConstView dy = b.output_gradient;
    if (same_order())
      kernels::copy(b.workers, dy.count(), dy.data, dx, accumulate);
    else
      kernels::transpose(b.workers, b.part.n, channels_, positions_, dy.data, dx, accumulate);
  }

 private:
  /// Memory has the channels last: with one position or one channel that is the same.
  bool same_order() const { return positions_ == 1 || channels_ == 1; }

  std::int64_t positions_ = 1, channels_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kFlatten =
    kind_of<Layer, Flatten>("flatten",
                            "Turns positions and channels into a vector: channels, then rows, then columns.\n"
                            "y[(c*H + h)*W + w] = x[c,h,w]",
                            "");

}  // namespace cnnctl
