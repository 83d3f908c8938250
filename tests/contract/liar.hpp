// A layer of the catalogue that tells one lie: what stands in its hooks it does in place of the truth. Passes all else
// on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "configure.hpp"
#include "contract/layer_cases.hpp"
#include "contract/layer_law.hpp"
#include "layers/layer.hpp"

namespace cnnctl::testing {

class Liar : public Layer, public Preparing, public Gathering, public Summing {
 public:
  Choice<Layer> truth;
  Inputs planned;                 // what it was planned with last
  mutable std::int64_t kept = 0;  // what a layer must not keep: it is immutable once it is planned
  template <class... Call>
  using Hook = std::function<void(const Liar& self, Call... call)>;
  std::function<void(Plan& plan, const Inputs& inputs)> plans = {};  // changes what the truth has planned
  Hook<const Forward&> forwards = {};
  Hook<const Backward&> backwards = {}, finishes = {};  // finishes: the gradients of the parameters
  Hook<const Backward&, std::int64_t, std::int64_t> rows = {};
  Hook<const Backward&, ParameterSums> adds = {};
  std::function<Traits(Traits traits)> claims = {};
  bool fuses_anything = false;

  void fields(Fields& f) override { truth->fields(f); }
  std::pair<int, int> arity() const override { return truth->arity(); }
  Plan plan(const Inputs& inputs) override {
    planned = inputs;
    Inputs told = inputs;
    if (fuses_anything) told.behind.clear();
    Plan plan = truth->plan(told);
    if (plans) plans(plan, inputs);
    return plan;
  }
  void forward(const Forward& f) const override { forwards ? forwards(*this, f) : truth->forward(f); }
  void backward(const Backward& b) const override { backwards ? backwards(*this, b) : truth->backward(b); }
  const Preparing* preparing() const override { return truth->preparing() != nullptr ? this : nullptr; }
  const Gathering* gathering() const override { return truth->gathering() != nullptr ? this : nullptr; }
  const Summing* summing() const override { return truth->summing() != nullptr ? this : nullptr; }
  Traits traits() const override { return claims ? claims(truth->traits()) : truth->traits(); }
  bool fuses(const Inputs& inputs, const Traits& next) const override {
    return fuses_anything || truth->fuses(inputs, next);
  }

  void prepare(const Prepare& p) const override { truth->preparing()->prepare(p); }
  void gather(const Forward& f) const override { truth->gathering()->gather(f); }
  void settle(const Forward& f) const override { truth->gathering()->settle(f); }
  void gather_gradient(const Backward& b) const override { truth->gathering()->gather_gradient(b); }
  void settle_gradient(const Backward& b) const override { truth->gathering()->settle_gradient(b); }
  void backward_parameters(const Backward& b) const override {
    finishes ? finishes(*this, b) : truth->summing()->backward_parameters(b);
  }
  void backward_rows(const Backward& b, std::int64_t first, std::int64_t count) const override {
    rows ? rows(*this, b, first, count) : truth->summing()->backward_rows(b, first, count);
  }
  void add_parameters(const Backward& b, const ParameterSums& sums) const override {
    adds ? adds(*this, b, sums) : truth->summing()->add_parameters(b, sums);
  }
  void join_parameters(const Backward& b, const ParameterSums& sums) const override {
    truth->summing()->join_parameters(b, sums);
  }
};

inline constexpr Kind<Layer> kLiar = kind_of<Layer, Liar>("liar", "Tells one lie.", "");

/// A lie and the law that it breaks.
struct Lie {
  law::Name law;
  std::string text;
  std::string kind, yaml;  // of the layer that lies
  std::vector<Shape> shapes;
  std::function<void(Liar& liar)> tell = {};
  LayerCase::Named behind = {};
  bool infer_only = false;

  Subject subject() const {
    Subject subject{.layer = Choice<Layer>(kLiar), .shapes = shapes, .infer_only = infer_only, .yaml = false};
    auto& liar = static_cast<Liar&>(*subject.layer);
    liar.truth = configure(layers(), kind, yaml);
    tell(liar);
    if (!behind.kind.empty()) subject.behind.push_back(configure(layers(), behind.kind, behind.yaml));
    return subject;
  }
};

}  // namespace cnnctl::testing
