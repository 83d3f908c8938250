#include "contract/layer_law.hpp"

#include <stdexcept>

namespace cnnctl::testing {

Setup Subject::setup(Mode mode) const {
  Setup setup{.layer = layer, .inputs = {.shapes = shapes, .mode = mode, .batch = batch, .part = part}};
  Inputs& inputs = setup.inputs;
  if (behind.empty()) return setup;
  inputs.shapes = {shapes[0]};
  const Shape between = setup.plan().output;
  for (const Choice<Layer>& next : behind) {
    if (!fuse(*layer, inputs, fused(next, between)))
      throw std::runtime_error(std::string(next.kind->name) + " is not fused behind " + std::string(layer.kind->name));
    if (next->traits().add) inputs.shapes.push_back(shapes[1]);
  }
  return setup;
}

LayerRun run_of(const Setup& setup, const Workers& workers) {
  LayerRun run(setup.layer, setup.inputs, workers);
  std::uint64_t stream = 50;
  for (Numbers& input : run.x) {
    const auto count = static_cast<std::uint32_t>(input.size());
    const std::vector<std::uint32_t> places = permutation(count, ++stream, Purpose::shuffle);
    for (std::uint32_t i = 0; i < count; ++i)
      input[i] =
          static_cast<real>((2.0 * places[i] + 1.5) / count - 1) * real(1.5);  // none at 0, where relu has a kink
  }
  for (std::size_t i = 0; i < run.parameters.size(); ++i) {
    const auto count = std::ssize(run.parameters[i]);
    const Parameter::Role role = run.arrays[i].role;
    if (role == Parameter::Role::bias) run.parameters[i] = random_numbers(count, ++stream);
    if (role == Parameter::Role::norm || role == Parameter::Role::statistic)
      run.parameters[i] = random_numbers(count, ++stream, 0.5F, 1.5F);
  }
  return run;
}

Results results_of(LayerRun& run) {
  run.forward();
  Results results{.y = run.y, .dx = {}, .gradients = {}, .statistics = {}};
  for (std::size_t i = 0; i < run.parameters.size(); ++i)
    if (!run.arrays[i].trainable()) results.statistics.push_back(run.parameters[i]);
  if (run.inputs.mode == Mode::infer) return results;
  run.backward();
  results.dx = run.dx;
  results.gradients = run.parameter_gradients;
  return results;
}

void Verdict::accuse(law::Name law, const std::string& detail) {
  if (!contains(breaches_, law)) breaches_.push_back({law, mode_ + detail});
}

void Verdict::expect(law::Name law, const std::string& detail, const Agreement& agreement) {
  if (!agreement) accuse(law, detail + ": " + agreement.difference);
}

template <class Agree>
void Verdict::each(law::Name law, const std::string& detail, const Results& got, const Results& want,
                   const Agree& agree) {
  expect(law, detail + ", output", agree(got.y, want.y));
  const auto all = [&](const std::string& name, const std::vector<Numbers>& a, const std::vector<Numbers>& b) {
    for (std::size_t i = 0; i < b.size(); ++i) expect(law, detail + name + std::to_string(i), agree(a[i], b[i]));
  };
  all(", gradient of input ", got.dx, want.dx);
  all(", gradient of parameter ", got.gradients, want.gradients);
  all(", statistic ", got.statistics, want.statistics);
}

void Verdict::expect_same(law::Name law, const std::string& detail, const Results& got, const Results& want) {
  each(law, detail, got, want, [](const Numbers& a, const Numbers& b) { return same_bits(a, b); });
}

void Verdict::expect_close(law::Name law, const std::string& detail, const Results& got, const Results& want,
                           double tolerance) {
  each(law, detail, got, want, [&](const Numbers& a, const Numbers& b) { return close(a, b, tolerance); });
}

void Verdict::take_over(const std::string& detail, const LayerRun& run) {
  for (const Breach& breach : run.breaches) accuse(breach.law, detail + ", " + breach.detail);
}

Breaches breaches_of(const Subject& subject, const Crews& crews) {
  Breaches breaches;
  for (const Mode mode : {Mode::train, Mode::infer}) {
    if (subject.infer_only && mode == Mode::train) continue;
    try_claims(subject, mode, crews, breaches);
    try_circumstances(subject, mode, crews, breaches);
    try_dependence(subject, mode, crews, breaches);
  }
  return breaches;
}

}  // namespace cnnctl::testing
