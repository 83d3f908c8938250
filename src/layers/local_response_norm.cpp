// layers/local_response_norm.cpp - channels held down by their neighbours, as AlexNet had it.
#include "kernels/norm/local_response_norm.hpp"

#include "layers/layer.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

class LocalResponseNorm final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("size");
    f.required("size", norm_.size, "neighbouring channels that are summed over", between(1, kLargestSize));
    f.optional("alpha", norm_.alpha, "weight of the mean of their squares", between(0, 1e6));
    f.optional("beta", norm_.beta, "exponent", between(0, 100));
    f.optional("k", norm_.k, "added to the mean", between(0, 1e6));
  }

  Plan plan(const Inputs& inputs) override {
    channels_ = inputs.shapes[0].channels();
    Plan plan;
    plan.output = inputs.shapes[0];
    if (inputs.mode == Mode::train) plan.bytes.worker_scratch = static_cast<std::size_t>(2 * channels_) * sizeof(real);
    plan.in_place.backward = true;
    plan.by_sample = true;
    return plan;
  }

  void forward(const Forward& f) const override {
    kernels::local_response_norm(f.workers, norm_, f.output.count() / channels_, channels_, f.inputs[0].data,
                                 f.output.data);
  }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr)
      kernels::local_response_norm_grad(b.workers, norm_, b.output_gradient.count() / channels_, channels_,
                                        b.inputs[0].data, b.output_gradient.data, dx, accumulate,
                                        b.memory.worker_scratch, b.memory.worker_scratch_bytes);
  }

 private:
  kernels::ResponseNorm norm_;
  std::int64_t channels_ = 1;
};

}  // namespace

extern constinit const Kind<Layer> kLocalResponseNorm = kind_of<Layer, LocalResponseNorm>(
    "local_response_norm",
    "Divides each value by a power of its neighbours' squares, as torch.nn.LocalResponseNorm.\n"
    "y = x / (k + alpha * mean of x^2 over size neighbouring channels)^beta, zeros beyond the ends\n"
    "Krizhevsky, Sutskever, Hinton, \"ImageNet classification with deep convolutional neural networks\", NeurIPS 2012",
    "{size: 5, k: 2}");

}  // namespace cnnctl
