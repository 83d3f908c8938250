// A network made for the tests of checkpoints: two layers that only have parameters.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/network.hpp"

namespace cnnctl::testing {

/// Computes nothing; has a weight that memory holds transposed, a bias, and a statistic that is not trained.
class Bearer final : public Layer {
 public:
  void fields(Fields&) override {}
  Plan plan(const Inputs&) override {
    Plan plan;
    plan.output = Shape{2};
    plan.parameters.resize(3);
    plan.parameters[0] = {"weight", {2, 3}, Parameter::Role::weight, {}, {2, 3}, {1, 0}};
    plan.parameters[1] = {"bias", {2}, Parameter::Role::bias, {}, {}, {}};
    plan.parameters[2] = {"running_mean", {2}, Parameter::Role::statistic, {}, {}, {}};
    return plan;
  }
  void forward(const Forward&) const override {}
  void backward(const Backward&) const override {}
};

inline constexpr Kind<Layer> kBearer = kind_of<Layer, Bearer>("bearer", "bears parameters", "");

/// A chain of bearers with these names.
inline Network bearers(const std::vector<std::string>& names) {
  ModelSpec spec;
  spec.inputs = {{"input", Shape{3}}};
  std::string before = "input";
  for (const std::string& name : names) {
    spec.layers.push_back({name, {before}, Choice<Layer>(kBearer), {}});
    before = name;
  }
  return Network(std::move(spec));
}

/// Gives every parameter values of its own: start, start + 0.1, ...
inline void fill(Network& network, double start) {
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    std::vector<real> values(static_cast<std::size_t>(network.parameters()[i].parameter.count()));
    for (real& value : values) value = static_cast<real>(start += 0.1);
    network.import_values(i, values);
  }
}

/// All values in the file's order.
inline std::vector<std::vector<real>> values_of(const Network& network) {
  std::vector<std::vector<real>> all;
  for (std::size_t i = 0; i < network.parameters().size(); ++i) all.push_back(network.export_values(i));
  return all;
}

}  // namespace cnnctl::testing
