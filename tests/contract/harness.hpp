// Runs one layer alone, with buffers of its own, as a program would.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "layers/layer.hpp"
#include "tensor/tensor.hpp"

namespace cnnctl::testing {

/// A layer planned for given inputs, with random inputs and parameters.
class LayerRun {
 public:
  LayerRun(const Choice<Layer>& layer, std::vector<Shape> shapes, std::int64_t batch, Mode mode, const Workers& workers)
      : layer_(layer), workers_(workers), mode_(mode), n_(batch) {
    Inputs inputs;
    inputs.shapes = shapes;
    inputs.mode = mode;
    inputs.batch = batch;
    inputs.workers = workers.count();
    plan_ = layer_->plan(inputs);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      inputs_.emplace_back(batch, shapes[i]);
      input_gradients_.emplace_back(batch, shapes[i]);
      fill(inputs_.back(), 100 + i, -1, 1);
    }
    for (std::size_t i = 0; i < plan_.parameters.size(); ++i) {
      const Parameter& p = plan_.parameters[i];
      parameters_.emplace_back(1, Shape{p.count()});
      parameter_gradients_.emplace_back(1, Shape{p.count()});
      fill(parameters_.back(), 200 + i, p.role == Parameter::Role::statistic ? 0.5f : -1, 1);
    }
    output_ = Tensor(batch, plan_.output);
    output_gradient_ = Tensor(batch, plan_.output);
    fill(output_gradient_, 300, -1, 1);
    saved_ = Buffer(plan_.saved + 64);
    prepared_ = Buffer(std::max(plan_.prepared, plan_.prepared_backward) + 64);
    scratch_ = Buffer(plan_.scratch + 64);
    worker_bytes_ = aligned(plan_.worker_scratch);
    worker_scratch_ = Buffer(worker_bytes_ * static_cast<std::size_t>(workers.count()) + 64);
  }

  const Plan& plan() const { return plan_; }
  std::vector<Tensor>& inputs() { return inputs_; }
  std::vector<Tensor>& parameters() { return parameters_; }
  Tensor& output() { return output_; }
  std::vector<Tensor>& input_gradients() { return input_gradients_; }
  std::vector<Tensor>& parameter_gradients() { return parameter_gradients_; }

  void forward() {
    if (plan_.prepared > 0) layer_->prepare({workers_, Direction::forward, addresses(parameters_), prepared_.data()});
    Addresses a(*this);
    layer_->forward({a.run(), output_.view()});
  }

  /// After forward; `accumulate`: gradients of the inputs are added to what they hold.
  void backward(bool accumulate = false) {
    if (plan_.prepared_backward > 0)
      layer_->prepare({workers_, Direction::backward, addresses(parameters_), prepared_.data()});
    Addresses a(*this);
    Tensor gradient(n_, plan_.output);  // the layer may destroy it
    std::copy_n(output_gradient_.data(), output_gradient_.count(), gradient.data());
    std::vector<Gradient> gradients;
    for (Tensor& t : input_gradients_) gradients.push_back({t.data(), accumulate});
    std::vector<real*> parameter_gradients = addresses(parameter_gradients_);
    layer_->backward({a.run(), output_.view(), gradient.view(), gradients, parameter_gradients});
  }

  /// The sum of all outputs, each weighted by its entry of the output gradient: a number whose derivatives `backward`
  /// computes.
  double weighted_output() {
    forward();
    double sum = 0;
    for (std::int64_t i = 0; i < output_.count(); ++i)
      sum += static_cast<double>(output_.data()[i]) * static_cast<double>(output_gradient_.data()[i]);
    return sum;
  }

 private:
  struct Addresses {
    explicit Addresses(LayerRun& r) : owner(r), parameters(addresses(r.parameters_)) {
      for (const Tensor& t : r.inputs_) views.push_back(t.view());
    }
    Run run() const {
      return {owner.workers_, owner.mode_, owner.n_, views, parameters, owner.prepared_.data(), owner.saved_.data(),
              owner.scratch_.data(), owner.worker_scratch_.data(), owner.worker_bytes_, 5, 3, 1};
    }
    LayerRun& owner;
    std::vector<ConstView> views;
    std::vector<real*> parameters;
  };

  static std::vector<real*> addresses(std::vector<Tensor>& tensors) {
    std::vector<real*> found;
    for (Tensor& t : tensors) found.push_back(t.data());
    return found;
  }
  static void fill(Tensor& tensor, std::uint64_t stream, float low, float high) {
    Rng rng(9, Purpose::synthetic, stream);
    for (real& value : tensor.span()) value = rng.uniform(low, high);
  }

  Choice<Layer> layer_;
  const Workers& workers_;
  Mode mode_;
  std::int64_t n_;
  Plan plan_;
  std::vector<Tensor> inputs_, input_gradients_, parameters_, parameter_gradients_;
  Tensor output_, output_gradient_;
  Buffer saved_, prepared_, scratch_, worker_scratch_;
  std::size_t worker_bytes_ = 0;
};

/// Inputs that the layer accepts: an image if it takes one, else a vector; two of them if it needs two.
inline std::vector<Shape> fitting_inputs(const Choice<Layer>& layer) {
  const auto count = static_cast<std::size_t>(layer->arity().first);
  for (const Shape& shape : {Shape{6, 7, 5}, Shape{12}}) {
    Choice<Layer> copy = layer;
    Inputs inputs;
    inputs.shapes.assign(count, shape);
    inputs.batch = 2;
    try {
      copy->plan(inputs);
      return inputs.shapes;
    } catch (const ShapeError&) {
    }
  }
  FAIL("no input shape fits");
  return {};
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.count() == b.count() && std::memcmp(a.data(), b.data(), a.span().size_bytes()) == 0;
}

}  // namespace cnnctl::testing
