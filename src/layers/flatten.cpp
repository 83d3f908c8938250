// layers/flatten.cpp - turns an image into a vector, in the order channels, rows, columns (PyTorch's), so that the
// weights of a following linear layer mean the same there.
#include "kernels/matrix/transpose.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"

namespace cnnctl {
namespace {

class Flatten final : public Layer {
 public:
  void fields(Fields&) override {}

  Plan plan(const Inputs& inputs) override {
    pixels_ = inputs.shapes[0].pixels();
    channels_ = inputs.shapes[0].channels();
    Plan plan;
    plan.output = {inputs.shapes[0].count()};
    plan.backward_reads_input = false;
    plan.in_place = plan.gradient_in_place = same_order();
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    if (same_order())
      kernels::copy(f.workers, f.output.count(), f.inputs[0].data, f.output.data, false);
    else
      kernels::transpose(f.workers, f.n, pixels_, channels_, f.inputs[0].data, f.output.data, false);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx == nullptr) return;
    const ConstView dy = b.output_gradient;
    if (same_order())
      kernels::copy(b.workers, dy.count(), dy.data, dx, accumulate);
    else
      kernels::transpose(b.workers, b.n, channels_, pixels_, dy.data, dx, accumulate);
  }

 private:
  /// Memory has the channels last: with one pixel or one channel that is the same.
  bool same_order() const { return pixels_ == 1 || channels_ == 1; }

  std::int64_t pixels_ = 1, channels_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kFlatten =
    kind_of<Layer, Flatten>("flatten", "Turns an image into a vector: channels, then rows, then columns.", "");

}  // namespace cnnctl
