// What results may depend on, and how: wanted and added gradients, shorter batches, the key of randomness, earlier
// runs.
#include "base/error.hpp"
#include "contract/layer_law.hpp"
#include "contract/survives.hpp"

namespace cnnctl::testing {
namespace {

constexpr double kClose = sizeof(real) == 8 ? 1e-10 : 1e-4;

Numbers prefix(const Numbers& values, std::int64_t count) { return {values.begin(), values.begin() + count}; }

/// The samples [first, first + n) of `values`, which hold `batch` samples.
Numbers samples_of(const Numbers& values, std::int64_t batch, std::int64_t first, std::int64_t n) {
  const std::int64_t sample = std::ssize(values) / batch;
  return {values.begin() + first * sample, values.begin() + (first + n) * sample};
}

void try_accumulate(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  for (const bool in_parts : {false, true}) {
    LayerRun run = run_of(setup, crews.of(3));
    run.how.cut = in_parts ? Circumstances::Cut::parts : Circumstances::Cut::whole;
    run.how.side_by_side = in_parts;
    run.accumulate = true;
    std::vector<Numbers> want = plain.dx;
    for (std::size_t i = 0; i < run.dx.size(); ++i) {
      run.dx[i] = random_numbers(std::ssize(run.dx[i]), 90 + i);
      for (std::size_t k = 0; k < want[i].size(); ++k) want[i][k] += run.dx[i][k];
    }
    const Results added = results_of(run);
    for (std::size_t i = 0; i < want.size(); ++i)
      verdict.expect(law::kAccumulate, "gradient of input " + std::to_string(i), close(added.dx[i], want[i], 1e-5));
    for (std::size_t i = 0; i < added.gradients.size(); ++i)
      verdict.expect(law::kAccumulate, "gradient of parameter " + std::to_string(i),
                     same_bits(added.gradients[i], plain.gradients[i]));
    verdict.take_over("gradients added", run);
  }
}

void try_unwanted(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  const std::size_t inputs = setup.inputs.shapes.size();
  for (std::size_t wanted = 0; wanted <= inputs; ++wanted) {  // one of them, or none
    LayerRun run = run_of(setup, crews.of(2));
    run.forward();
    const std::vector<Numbers> before = run.dx;
    std::vector<bool> flags(inputs);
    if (wanted < inputs) flags[wanted] = true;
    run.backward(flags);
    const std::string text = wanted < inputs ? "input " + std::to_string(wanted) + " alone" : "no input";
    for (std::size_t i = 0; i < inputs; ++i)
      verdict.expect(law::kUnwanted, "gradient of " + text + ", input " + std::to_string(i),
                     same_bits(run.dx[i], flags[i] ? plain.dx[i] : before[i]));
    for (std::size_t i = 0; i < plain.gradients.size(); ++i)
      verdict.expect(law::kUnwanted, "gradient of " + text + ", parameter " + std::to_string(i),
                     same_bits(run.parameter_gradients[i], plain.gradients[i]));
    verdict.take_over("gradient of " + text, run);
  }
}

/// Whether backward leaves null pointers alone: of gradients that nobody wants in this run, or in this plan.
bool leaves_null_alone(const Setup& setup) {
  return survives([&] {
    const std::size_t inputs = setup.inputs.shapes.size();
    const Workers one = Workers::alone(0);
    for (std::size_t wanted = 0; wanted <= inputs; ++wanted) {
      LayerRun run = run_of(setup, one);
      run.forward();
      std::vector<bool> flags(inputs);
      if (wanted < inputs) flags[wanted] = true;
      run.backward(flags);
    }
    Setup first = setup;
    first.inputs.input_gradient = false;
    LayerRun run = run_of(first, one);
    run.forward();
    if (!run.parameter_gradients.empty()) run.backward(false);
  });
}

/// As the first layer of a net is planned; with parameters that are not trained; with nothing that ever changes.
void try_frozen(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  const auto planned = [&](const std::string& text, const auto& change) {
    Setup other = setup;
    change(other.inputs);
    LayerRun run = run_of(other, crews.of(2));
    run.forward();
    const bool trains = other.inputs.parameter_gradients && !plain.gradients.empty();
    if (other.inputs.input_gradient || trains) run.backward(other.inputs.input_gradient);
    verdict.take_over(text, run);
    return run;
  };
  const LayerRun first = planned("without gradients of inputs", [](Inputs& in) { in.input_gradient = false; });
  verdict.expect(law::kUnwanted, "planned without gradients of inputs, output", close(first.y, plain.y, kClose));
  for (std::size_t i = 0; i < plain.gradients.size(); ++i)
    if (first.trains(i))
      verdict.expect(law::kUnwanted, "planned without gradients of inputs, parameter " + std::to_string(i),
                     close(first.parameter_gradients[i], plain.gradients[i], kClose));
  const LayerRun fixed = planned("without gradients of parameters", [](Inputs& in) { in.parameter_gradients = false; });
  verdict.expect(law::kUnwanted, "planned without gradients of parameters, output", close(fixed.y, plain.y, kClose));
  for (std::size_t i = 0; i < plain.dx.size(); ++i)
    verdict.expect(law::kUnwanted, "planned without gradients of parameters, input " + std::to_string(i),
                   close(fixed.dx[i], plain.dx[i], kClose));
  const auto freeze = [](Inputs& in) { in.frozen = true, in.parameter_gradients = false; };
  const LayerRun frozen = planned("frozen", freeze);
  const LayerRun before = run_of({setup.layer, frozen.inputs}, crews.of(1));
  for (std::size_t i = 0; i < before.parameters.size(); ++i)
    verdict.expect(law::kFrozen, before.arrays[i].name, same_bits(frozen.parameters[i], before.parameters[i]));
  Setup small = setup;
  freeze(small.inputs);
  small.inputs.batch = 3;
  LayerRun run = run_of(small, crews.of(1));
  verdict.expect(law::kFrozen, "batch of 3", numeric_gradients(run));
}

/// The object is used for other numbers between, and between forward and backward.
void try_state(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  const auto disturbed = [&] {
    LayerRun other = run_of(setup, crews.of(2));
    for (Numbers& input : other.x)
      for (real& value : input) value = real(0.25) - value;
    for (real& value : other.dy) value *= -3;
    other.seed = 99, other.step = 98, other.key = 97;
    return other;
  };
  LayerRun run = run_of(setup, crews.of(2)), other = disturbed();
  const std::vector<Numbers> parameters = run.parameters;
  std::swap(run.layer, other.layer);
  results_of(other);
  std::swap(run.layer, other.layer);
  verdict.expect_same(law::kState, "after another run of it", results_of(run), plain);
  run.parameters = parameters;
  verdict.expect_same(law::kState, "the same run again", results_of(run), plain);
  if (setup.inputs.mode == Mode::infer) return;
  run.parameters = parameters;
  run.forward();
  std::swap(run.layer, other.layer);
  other.forward();
  std::swap(run.layer, other.layer);
  run.backward();
  for (std::size_t i = 0; i < plain.dx.size(); ++i)
    verdict.expect(law::kState, "another forward between, gradient of input " + std::to_string(i),
                   same_bits(run.dx[i], plain.dx[i]));
  for (std::size_t i = 0; i < plain.gradients.size(); ++i)
    verdict.expect(law::kState, "another forward between, gradient of parameter " + std::to_string(i),
                   same_bits(run.parameter_gradients[i], plain.gradients[i]));
}

void try_prepared(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  LayerRun run = run_of(setup, crews.of(2));
  run.forward();
  for (int again = 0; again < 2; ++again) {
    run.forward(true);
    verdict.expect(law::kPrepared, "run " + std::to_string(again + 2), same_bits(run.y, plain.y));
  }
}

/// In inference a sample's result does not depend on the batch around it.
void try_mixing(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  const std::int64_t batch = setup.inputs.batch;
  for (const std::int64_t planned : {batch, std::int64_t{1}})
    for (const std::int64_t sample : {std::int64_t{0}, std::int64_t{3}, batch - 1}) {
      Setup one = setup;
      one.inputs.batch = planned;
      LayerRun run = run_of(one, crews.of(2)), all = run_of(setup, crews.of(1));
      run.n = 1;
      run.parameters = all.parameters;
      for (std::size_t i = 0; i < run.x.size(); ++i) {
        const Numbers values = samples_of(all.x[i], batch, sample, 1);
        std::copy(values.begin(), values.end(), run.x[i].begin());
      }
      run.forward();
      verdict.expect(law::kMixing,
                     "sample " + std::to_string(sample) + " alone, planned for " + std::to_string(planned),
                     same_bits(samples_of(run.y, planned, 0, 1), samples_of(plain.y, batch, sample, 1)));
      verdict.take_over("one sample", run);
    }
}

/// Three samples and one, in memory for more, are as if planned for three and one.
void try_short_batch(const Setup& setup, const Crews& crews, Verdict& verdict) {
  for (const std::int64_t n : {3, 1}) {
    const std::string text = std::to_string(n) + " of " + std::to_string(setup.inputs.batch) + " samples";
    Setup small = setup;
    small.inputs.batch = n;
    std::optional<LayerRun> want;
    try {
      want.emplace(run_of(small, crews.of(1)));
    } catch (const ShapeError&) {
      continue;  // so few say nothing, as of a batch norm's deviation
    }
    LayerRun run = run_of(setup, crews.of(2));
    run.n = n;
    want->parameters = run.parameters;
    for (std::size_t i = 0; i < run.x.size(); ++i) want->x[i] = samples_of(run.x[i], setup.inputs.batch, 0, n);
    want->dy = samples_of(run.dy, setup.inputs.batch, 0, n);
    const std::vector<Numbers> untouched = run.dx;
    Results got = results_of(run);
    const Results expected = results_of(*want);
    got.y = prefix(got.y, std::ssize(expected.y));
    for (std::size_t i = 0; i < got.dx.size(); ++i) got.dx[i] = prefix(got.dx[i], std::ssize(expected.dx[i]));
    verdict.expect_close(law::kShortBatch, text, got, expected, n == 1 ? 100 * kClose : kClose);
    verdict.take_over(text, run);
  }
}

void try_statistics(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  LayerRun run = run_of(setup, crews.of(2));
  if (plain.statistics.empty()) return;
  for (std::size_t i = 0; i < run.parameters.size(); ++i)
    if (!run.arrays[i].trainable()) run.parameters[i] = random_numbers(std::ssize(run.parameters[i]), 70 + i, 2, 3);
  Results got = results_of(run);
  got.statistics = plain.statistics;
  verdict.expect_same(law::kNoStatistics, "other statistics", got, plain);
}

/// A run whose randomness has another key differs in training, if there is any randomness, and in nothing else.
void try_randomness(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  struct Key {
    std::uint64_t seed, step;
    std::uint32_t layer;
    std::string text;
  };
  const LayerRun first = run_of(setup, crews.of(1));
  const std::uint64_t seed = first.seed, step = first.step;
  const std::uint32_t key = first.key;
  const Key keys[] = {{seed + 1, step, key, "another seed"},
                      {seed, step + 1, key, "another step"},
                      {seed, step, key + 1, "another layer"},
                      {step, seed, key, "seed and step changed places"},
                      {seed, key, static_cast<std::uint32_t>(step), "step and layer changed places"},
                      {seed + (std::uint64_t{1} << 40), step, key, "a seed that differs in its high bits"}};
  std::vector<std::string> same, different;
  for (const Key& k : keys) {
    LayerRun run = run_of(setup, crews.of(2));
    run.seed = k.seed, run.step = k.step, run.key = k.layer;
    (same_bits(results_of(run).y, plain.y) ? same : different).push_back(k.text);
  }
  if (setup.inputs.mode == Mode::infer && !different.empty())
    verdict.accuse(law::kRandomKey, "inference depends on " + different[0]);
  if (!same.empty() && !different.empty())
    verdict.accuse(law::kRandomKey, "depends on " + different[0] + ", but not on " + same[0]);
}

void try_winograd(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  Setup without = setup;
  without.inputs.winograd = false;
  LayerRun run = run_of(without, crews.of(2));
  verdict.expect_close(law::kWinograd, "without", results_of(run), plain, sizeof(real) == 8 ? 1e-9 : 1e-3);
  verdict.take_over("without Winograd", run);
}

void try_gradients(Setup setup, const Crews& crews, Verdict& verdict) {
  setup.inputs.batch = 3;
  LayerRun run = run_of(setup, crews.of(1));
  verdict.expect(law::kGradients, "batch of 3", numeric_gradients(run));
}

}  // namespace

void try_dependence(const Subject& subject, Mode mode, const Crews& crews, Breaches& breaches) {
  Verdict verdict(breaches, mode);
  const Setup setup = subject.setup(mode);
  LayerRun run = run_of(setup, crews.of(1));
  const Results plain = results_of(run);
  try_state(setup, plain, crews, verdict);
  try_short_batch(setup, crews, verdict);
  try_randomness(setup, plain, crews, verdict);
  try_winograd(setup, plain, crews, verdict);
  if (mode == Mode::infer) {
    try_prepared(setup, plain, crews, verdict);
    if (run.layer->gathering() == nullptr) try_mixing(setup, plain, crews, verdict);
    return;
  }
  try_accumulate(setup, plain, crews, verdict);
  if (!leaves_null_alone(setup)) return verdict.accuse(law::kUnwanted, "backward without one ends the program");
  try_unwanted(setup, plain, crews, verdict);
  try_frozen(setup, plain, crews, verdict);
  try_statistics(setup, plain, crews, verdict);
  try_gradients(setup, crews, verdict);
}

}  // namespace cnnctl::testing
