// What a layer says of itself, held against what it does.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "config/codec.hpp"
#include "config/yaml.hpp"
#include "contract/layer_law.hpp"

namespace cnnctl::testing {
namespace {

std::string text_of(const Parameter& p) {
  std::string text = p.name + " " + std::to_string(static_cast<int>(p.role));
  for (const std::int64_t size : p.shape) text += " " + std::to_string(size);
  for (const std::int64_t size : p.split) text += " /" + std::to_string(size);
  for (const int dimension : p.order) text += " >" + std::to_string(dimension);
  return text + " fan " + std::to_string(p.init.fan_in) + " " + std::to_string(p.init.fan_out);
}

/// All of a plan, to compare.
std::string text_of(const Plan& plan) {
  std::string text = plan.output.str() + " " + plan.algorithm + " " + std::to_string(plan.macs);
  const ByteCounts& b = plan.bytes;
  for (const std::size_t bytes : {b.saved, b.prepared, b.prepared_backward, b.prepare_scratch, b.scratch,
                                  b.parameter_scratch, b.worker_scratch, b.parameter_sum})
    text += " " + std::to_string(bytes);
  for (const bool flag :
       {plan.reads.input, plan.reads.output, plan.in_place.forward, plan.in_place.backward, plan.by_sample, plan.cheap})
    text += flag ? " yes" : " no";
  for (const Parameter& parameter : plan.parameters) text += "; " + text_of(parameter);
  return text;
}

void try_plan(const Setup& setup, const Crews& crews, Verdict& verdict) {
  const std::string first = text_of(setup.plan());
  LayerRun twice = run_of(setup, crews.of(1));
  Inputs other = setup.inputs;
  other.batch = 2 * other.batch + 1;
  other.part = 1;
  twice.layer->plan(other);
  const std::string second = text_of(twice.layer->plan(setup.inputs));
  if (second != first) verdict.accuse(law::kPlanIsPure, "planned again: " + second + " instead of " + first);
  LayerRun once = run_of(setup, crews.of(1));
  verdict.expect_same(law::kPlanIsPure, "run after it was planned again", results_of(twice), results_of(once));
  const Plan& plan = once.plan;
  const std::int64_t input = setup.inputs.shapes[0].count();
  if ((plan.in_place.forward || plan.in_place.backward) && plan.output.count() != input)
    verdict.accuse(law::kSizesInPlace, std::to_string(plan.output.count()) + " values over " + std::to_string(input));
}

std::int64_t product(const std::vector<std::int64_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

/// What is wrong with one parameter; empty if nothing.
std::string fault_of(const Parameter& p, const Numbers& values, bool alone) {
  if (p.name.empty() && !alone) return "no name, and not the only one";
  if (p.name.find('.') != std::string::npos) return "no name to be joined with a dot";
  if (p.shape.empty() || std::any_of(p.shape.begin(), p.shape.end(), [](std::int64_t s) { return s < 1; }))
    return "a shape of nothing";
  if (p.split.size() != p.order.size()) return "split and order of unequal lengths";
  std::vector<int> dimensions(p.order.size());
  std::iota(dimensions.begin(), dimensions.end(), 0);
  if (!std::is_permutation(p.order.begin(), p.order.end(), dimensions.begin())) return "an order that repeats";
  if (!p.split.empty() && product(p.split) != p.count()) return "a split of another size than the shape";
  if (p.init.fan_in < 1 || p.init.fan_out < 1) return "a fan of nothing";
  if (!std::all_of(values.begin(), values.end(), [](real v) { return std::isfinite(v); })) return "values not finite";
  return {};
}

void try_parameters(const Setup& setup, const Crews& crews, Verdict& verdict) {
  const LayerRun run(setup.layer, setup.inputs, crews.of(1));
  std::set<std::string> names;
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    const Parameter& p = run.arrays[i];
    if (i < run.plan.parameters.size() && !names.insert(p.name).second)
      verdict.accuse(law::kParameters, p.name + ": twice");
    if (const std::string fault = fault_of(p, run.parameters[i], run.arrays.size() == 1); !fault.empty())
      verdict.accuse(law::kParameters, p.name + ": " + fault);
  }
}

/// A multiply-add for each weight and place of the output, unless the subject knows better.
void try_figures(const Subject& subject, const Setup& setup, Verdict& verdict) {
  const Plan fused = setup.plan();
  Setup alone = setup;
  alone.inputs.behind.clear();
  if (!subject.behind.empty()) alone.inputs.shapes.resize(1);
  const Plan plan = alone.plan();
  std::int64_t want = 0;
  for (const Parameter& p : plan.parameters)
    if (p.role == Parameter::Role::weight) want += p.count() * plan.output.positions();
  want = subject.macs.value_or(want);
  if (fused.macs != want)
    verdict.accuse(law::kMacs, std::to_string(fused.macs) + " instead of " + std::to_string(want));
  std::vector<std::string> names;
  for (std::string rest = fused.algorithm; !rest.empty();) {
    const std::size_t end = rest.find(" / ");
    names.push_back(rest.substr(0, end));
    rest = end == std::string::npos ? std::string() : rest.substr(end + 3);
  }
  const bool named = std::none_of(names.begin(), names.end(), [](const std::string& name) { return name.empty(); });
  if (!named || (names.size() > 1 && names.size() != 3)) verdict.accuse(law::kAlgorithm, fused.algorithm);
}

void try_yaml(const Setup& setup, Verdict& verdict) {
  Choice<Layer> layer = setup.layer;
  const std::string first = write_yaml(write_fields(*layer));
  Choice<Layer> again(*layer.kind);
  Diagnostics diagnostics;
  read_fields(*again, parse_yaml(first, "test.yaml", diagnostics), layer.kind->name, diagnostics);
  if (diagnostics.has_errors()) return verdict.accuse(law::kYaml, "is refused: " + first);
  const std::string second = write_yaml(write_fields(*again));
  if (second != first) verdict.accuse(law::kYaml, second + " instead of " + first);
  const std::string planned = text_of(layer->plan(setup.inputs)), read = text_of(again->plan(setup.inputs));
  if (planned != read) verdict.accuse(law::kYaml, "plans " + read + " instead of " + planned);
}

void try_traits(const Setup& setup, const Crews& crews, Verdict& verdict) {
  const Workers& workers = crews.of(1);
  const Traits traits = setup.layer->traits();
  LayerRun run = run_of(setup, workers);
  run.forward();
  if (traits.identity_in_inference && setup.inputs.mode == Mode::infer)
    verdict.expect(law::kTraits, "identity_in_inference", same_bits(run.y, run.x[0]));
  if (traits.activation) {
    Numbers want = run.x[0];
    kernels::activate(workers, *traits.activation, std::ssize(want), run.x[0].data(), want.data());
    verdict.expect(law::kTraits, "activation", same_bits(run.y, want));
  }
  if (traits.add) {
    Numbers want = run.x[0];
    for (std::size_t k = 1; k < run.x.size(); ++k)
      for (std::size_t i = 0; i < want.size(); ++i) want[i] += run.x[k][i];
    verdict.expect(law::kTraits, "add", close(run.y, want, 1e-6));
  }
  if (traits.batch_norm && traits.batch_norm->foldable) {
    std::vector<std::string> names;
    for (const Parameter& p : run.plan.parameters) names.push_back(p.name);
    if (names != std::vector<std::string>{"weight", "bias", "running_mean", "running_var"})
      verdict.accuse(law::kTraits, "a foldable batch norm without its four parameters");
  }
  if (traits.bias && std::none_of(run.arrays.begin(), run.arrays.end(),
                                  [](const Parameter& p) { return p.role == Parameter::Role::bias; }))
    verdict.accuse(law::kTraits, "bias without a parameter");
  if (traits.probabilities) {
    const auto channels = static_cast<std::size_t>(run.plan.output.channels());
    for (std::size_t first = 0; first < run.y.size(); first += channels)
      verdict.expect(
          law::kTraits, "probabilities",
          close({std::accumulate(run.y.begin() + first, run.y.begin() + first + channels, real{})}, {1}, 1e-5));
  }
  const Shape &in = setup.inputs.shapes[0], &out = run.plan.output;
  if (traits.max_pool_2x2 && (!traits.max_pool || !(out == Shape{in.channels(), in.height() / 2, in.width() / 2})))
    verdict.accuse(law::kTraits, "max_pool_2x2 from " + in.str() + " to " + out.str());
}

/// The layer and what is behind it, one after the other, with the values of `whole`.
Numbers one_by_one(const Subject& subject, const LayerRun& whole, const Workers& workers) {
  std::size_t parameters = 0;
  Numbers y = whole.x[0];
  Shape shape = subject.shapes[0];
  const auto pass = [&](const Choice<Layer>& layer, std::vector<Shape> shapes) {
    Inputs inputs = whole.inputs;
    inputs.behind.clear();
    inputs.shapes = std::move(shapes);
    LayerRun run(layer, inputs, workers);
    run.x[0] = y;
    if (run.x.size() > 1) run.x[1] = whole.x[1];
    for (Numbers& values : run.parameters) values = whole.parameters[parameters++];
    run.forward();
    y = run.y;
    shape = run.plan.output;
  };
  pass(subject.layer, {shape});
  for (const Choice<Layer>& next : subject.behind)
    pass(next, next->traits().add ? std::vector<Shape>{shape, subject.shapes[1]} : std::vector<Shape>{shape});
  return y;
}

void try_fusion(const Subject& subject, const Setup& setup, const Crews& crews, Verdict& verdict) {
  if (subject.behind.empty()) return;
  LayerRun whole = run_of(setup, crews.of(1));
  const Numbers want = one_by_one(subject, whole, crews.of(1));
  whole.forward();
  verdict.expect(law::kFusion, "output", close(whole.y, want, sizeof(real) == 8 ? 1e-11 : 1e-5));
}

}  // namespace

void try_claims(const Subject& subject, Mode mode, const Crews& crews, Breaches& breaches) {
  Verdict verdict(breaches, mode);
  const Setup setup = subject.setup(mode);
  try_plan(setup, crews, verdict);
  try_parameters(setup, crews, verdict);
  try_figures(subject, setup, verdict);
  if (subject.behind.empty()) {
    if (subject.yaml) try_yaml(setup, verdict);
    try_traits(setup, crews, verdict);
  }
  try_fusion(subject, setup, crews, verdict);
}

}  // namespace cnnctl::testing
