// The circumstances that must not matter: each run differs from the plain one in what its law is about.
#include <cmath>

#include "contract/layer_law.hpp"

namespace cnnctl::testing {
namespace {

using Cut = Circumstances::Cut;
using Order = Circumstances::Order;
using Backend = Workers::Backend;

constexpr Circumstances kPlain{
    .dirt = kClean, .recompute = false, .show_input = true, .show_output = true, .show_others = true};

/// The plain circumstances, changed.
template <class Change>
Circumstances with(const Change& change) {
  Circumstances how = kPlain;
  change(how);
  return how;
}

struct Trial {
  law::Name law;
  std::string text;
  int workers = 1;
  Backend backend = Backend::tbb;
  Circumstances how = kPlain;
};

void add_memory(std::vector<Trial>& trials) {
  for (const Dirt dirt : {kNotANumber, kLarge})
    trials.push_back({law::kOldMemory, dirt == kLarge ? "large" : "not a number", 2, Backend::tbb,
                      with([&](Circumstances& how) { how.dirt = dirt; })});
  for (const std::size_t lines : {1, 5})
    trials.push_back({law::kAddresses, std::to_string(lines) + " cache lines on", 1, Backend::tbb,
                      with([&](Circumstances& how) { how.shift = lines; })});
}

void add_parts(std::vector<Trial>& trials) {
  for (const Cut cut : {Cut::parts, Cut::uneven}) {
    const std::string text = cut == Cut::parts ? "parts" : "uneven parts";
    for (const Order order : {Order::forwards, Order::backwards, Order::shuffled})
      trials.push_back({order == Order::forwards ? law::kParts : law::kOrder,
                        text + (order == Order::backwards  ? " backwards"
                                : order == Order::shuffled ? " shuffled"
                                                           : ""),
                        2, Backend::tbb, with([&](Circumstances& how) { how.cut = cut, how.order = order; })});
    trials.push_back({law::kOwnSamples, text + " in rooms of their own", 2, Backend::tbb,
                      with([&](Circumstances& how) { how.cut = cut, how.own_rooms = true, how.dirt = kNotANumber; })});
  }
}

void add_workers(std::vector<Trial>& trials) {
  for (const Backend backend : {Backend::tbb, Backend::threads}) {
    for (const int count : {1, 2, 3, 8}) trials.push_back({law::kWorkers, "whole batch", count, backend});
    for (const int count : {3, 8})
      for (const Cut cut : {Cut::parts, Cut::uneven})
        trials.push_back({law::kSideBySide, cut == Cut::parts ? "parts" : "uneven parts", count, backend,
                          with([&](Circumstances& how) { how.cut = cut, how.side_by_side = true; })});
  }
}

void add_backward(std::vector<Trial>& trials) {
  for (const Dirt dirt : {kNotANumber, kLarge}) {
    const auto hide = [&](law::Name law, bool Circumstances::*shown) {
      trials.push_back(
          {law, "hidden", 1, Backend::tbb, with([&](Circumstances& how) { how.*shown = false, how.dirt = dirt; })});
    };
    hide(law::kInputRead, &Circumstances::show_input);
    hide(law::kOutputRead, &Circumstances::show_output);
    hide(law::kOthersRead, &Circumstances::show_others);
  }
  for (const int workers : {1, 3})
    for (const Cut cut : {Cut::whole, Cut::parts}) {
      const std::string text = cut == Cut::whole ? "whole batch" : "parts";
      trials.push_back({law::kInPlace, text, workers, Backend::tbb,
                        with([&](Circumstances& how) { how.cut = cut, how.in_place = true; })});
      trials.push_back({law::kGradientInPlace, text, workers, Backend::tbb,
                        with([&](Circumstances& how) { how.cut = cut, how.gradient_in_place = true; })});
    }
}

void add_rows(std::vector<Trial>& trials) {
  for (const std::int64_t rows : {1, 3, 16})
    trials.push_back({law::kRows, std::to_string(rows) + " at a time", 2, Backend::tbb,
                      with([&](Circumstances& how) { how.rows = rows, how.dirt = kNotANumber; })});
}

/// Everything at once, as a graph has it.
void add_graph(std::vector<Trial>& trials) {
  for (const Backend backend : {Backend::tbb, Backend::threads})
    trials.push_back({law::kSideBySide,
                      "everything at once",
                      3,
                      backend,
                      {.dirt = kNotANumber,
                       .shift = 3,
                       .cut = Cut::parts,
                       .side_by_side = true,
                       .own_rooms = true,
                       .in_place = true,
                       .gradient_in_place = true}});
}

Results tried(const Setup& setup, const Trial& trial, const Crews& crews, Verdict& verdict) {
  LayerRun run = run_of(setup, crews.of(trial.workers, trial.backend));
  run.how = trial.how;
  Results results = results_of(run);
  verdict.take_over(crew_text(trial.workers, trial.backend) + ", " + trial.text, run);
  return results;
}

bool all_finite(const Results& results) {
  const auto finite = [](const Numbers& values) {
    return std::all_of(values.begin(), values.end(), [](real value) { return std::isfinite(value); });
  };
  return finite(results.y) && std::all_of(results.dx.begin(), results.dx.end(), finite) &&
         std::all_of(results.gradients.begin(), results.gradients.end(), finite);
}

/// Dirt that is left in every result is what nobody has written.
void try_written(const Setup& setup, const Crews& crews, Verdict& verdict) {
  const auto unwritten = [](const Numbers& a, const Numbers& b) {
    real dirt[2];
    std::memset(&dirt[0], kNotANumber, sizeof(real));
    std::memset(&dirt[1], kLarge, sizeof(real));
    for (std::size_t i = 0; i < a.size(); ++i)
      if (std::memcmp(&a[i], &dirt[0], sizeof(real)) == 0 && std::memcmp(&b[i], &dirt[1], sizeof(real)) == 0)
        return true;
    return false;
  };
  std::vector<Results> results;
  for (const Dirt dirt : {kNotANumber, kLarge})
    results.push_back(
        tried(setup, {law::kAllWritten, "dirt", 1, Backend::tbb, with([&](Circumstances& how) { how.dirt = dirt; })},
              crews, verdict));
  if (unwritten(results[0].y, results[1].y)) verdict.accuse(law::kAllWritten, "output");
  for (std::size_t i = 0; i < results[0].dx.size(); ++i)
    if (unwritten(results[0].dx[i], results[1].dx[i]))
      verdict.accuse(law::kAllWritten, "gradient of input " + std::to_string(i));
  for (std::size_t i = 0; i < results[0].gradients.size(); ++i)
    if (unwritten(results[0].gradients[i], results[1].gradients[i]))
      verdict.accuse(law::kAllWritten, "gradient of parameter " + std::to_string(i));
}

/// Sums of parameters' gradients: each cut is close to every other one, and has bits of its own.
void try_sums(const Setup& setup, const Results& plain, const Crews& crews, Verdict& verdict) {
  constexpr double kClose = sizeof(real) == 8 ? 1e-11 : 1e-4;
  for (const bool in_chain : {false, true})
    for (const std::int64_t sums : {1, 3, 8}) {
      const std::string text = std::to_string(sums) + (in_chain ? " sums in a chain" : " sums after the chain");
      const auto run = [&](law::Name law, int workers, Order order, bool side_by_side) {
        return tried(setup, {law, text, workers, Backend::threads, with([&](Circumstances& how) {
                               how.sums = sums, how.sums_in_chain = in_chain;
                               how.order = order, how.side_by_side = side_by_side, how.dirt = kNotANumber;
                             })},
                     crews, verdict);
      };
      const Results first = run(law::kSums, 1, Order::forwards, false);
      verdict.expect_close(law::kSums, text, first, plain, kClose);
      verdict.expect_same(law::kSumOrder, text + " backwards", run(law::kSumOrder, 2, Order::backwards, false), first);
      verdict.expect_same(law::kSumOrder, text + " side by side", run(law::kSumOrder, 8, Order::forwards, true), first);
    }
}

}  // namespace

void try_circumstances(const Subject& subject, Mode mode, const Crews& crews, Breaches& breaches) {
  Verdict verdict(breaches, mode);
  const Setup setup = subject.setup(mode);
  const Results plain = tried(setup, {law::kFinite, "plain"}, crews, verdict);
  if (!all_finite(plain)) verdict.accuse(law::kFinite, "plain");
  try_written(setup, crews, verdict);
  std::vector<Trial> trials;
  add_memory(trials);
  add_parts(trials);
  add_workers(trials);
  add_backward(trials);
  if (setup.plan().by_rows) add_rows(trials);
  add_graph(trials);
  for (const Trial& trial : trials)
    verdict.expect_same(trial.law, crew_text(trial.workers, trial.backend) + ", " + trial.text,
                        tried(setup, trial, crews, verdict), plain);
  const Plan plan = setup.plan();
  if (mode == Mode::train && plan.cheap)
    for (const Cut cut : {Cut::whole, Cut::parts})
      verdict.expect_same(law::kRecompute, "with a second forward pass",
                          tried(setup, {law::kRecompute, "recomputed", 2, Backend::tbb, with([&](Circumstances& how) {
                                          how.cut = cut, how.recompute = true, how.own_rooms = true;
                                          how.dirt = kNotANumber;
                                        })},
                                crews, verdict),
                          plain);
  if (mode == Mode::train && plan.bytes.parameter_sum > 0) try_sums(setup, plain, crews, verdict);
}

}  // namespace cnnctl::testing
