#include "contract/flat.hpp"

#include <algorithm>
#include <map>

#include "configure.hpp"

namespace cnnctl::testing {
namespace {

constexpr std::int64_t kLength = 46'048;
constexpr FlatRange kZeros{36'003, 36'016};  // behind the values of a small parameter

/// Values of one array, dirt where no parameter stands.
Guarded array_of(const Numbers& numbers, const std::vector<Segment>& segments, Dirt dirt) {
  Guarded array(numbers, dirt);
  std::int64_t end = 0;
  for (std::size_t i = 0; i <= segments.size(); ++i) {
    const std::int64_t begin = i < segments.size() ? segments[i].begin : std::ssize(numbers);
    array.soil(static_cast<std::size_t>(end) * sizeof(real), static_cast<std::size_t>(begin) * sizeof(real));
    if (i < segments.size()) end = segments[i].end;
  }
  return array;
}

bool intact(const Guarded& array, const std::vector<Segment>& segments) {
  std::int64_t end = 0;
  for (std::size_t i = 0; i <= segments.size(); ++i) {
    const std::int64_t begin = i < segments.size() ? segments[i].begin : kLength;
    if (!array.untouched(static_cast<std::size_t>(end) * sizeof(real), static_cast<std::size_t>(begin) * sizeof(real)))
      return false;
    if (i < segments.size()) end = segments[i].end;
  }
  return array.intact();
}

Numbers initial_values() {
  Numbers values = random_numbers(kLength, 21, -2, 2);
  std::fill(values.begin() + kZeros.begin, values.begin() + kZeros.end, real{0});
  std::fill(values.begin() + 44'016, values.begin() + 44'032, real{0});
  return values;
}

}  // namespace

std::vector<Segment> Flat::usual() {
  return {{.begin = 16, .end = 36'000, .parameter = 0},
          {.begin = 36'000, .end = 36'016, .parameter = 1},
          // Of a frozen parameter are [36'016, 36'064).
          {.begin = 36'064, .end = 40'016, .rate = 0.5, .parameter = 3},
          {.begin = 40'016, .end = 44'016, .decay = 0, .parameter = 4},
          {.begin = 44'016, .end = 44'032, .parameter = 5},
          {.begin = 44'032, .end = 45'008, .rate = 2, .decay = 0.5, .parameter = 6},
          // And [45'008, 45'040), between two that are treated alike.
          {.begin = 45'040, .end = 46'016, .rate = 2, .decay = 0.5, .parameter = 8}};
}

bool Flat::is_value(std::int64_t position) { return position < kZeros.begin || position >= kZeros.end; }

Flat::Flat(const OptimizerCase& c, std::vector<Segment> parameters, Dirt dirt)
    : optimizer(configure(optimizers(), c.kind, c.yaml)),
      segments(std::move(parameters)),
      dirt_(dirt),
      values_(array_of(initial_values(), segments, dirt)) {
  for (std::size_t i = 0; i < optimizer->states().size(); ++i)
    state_.push_back(array_of(Numbers(kLength), segments, dirt));
}

void Flat::restore(const Weights& weights, std::int64_t done) {
  values_ = Guarded(weights.values, dirt_);
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] = Guarded(weights.state[i], dirt_);
  steps = done;
}

Numbers Flat::gradients_of(std::int64_t step, double size) {
  Numbers gradients = random_numbers(kLength, static_cast<std::uint64_t>(100 + step));
  for (real& gradient : gradients) gradient *= static_cast<real>(size);
  std::fill(gradients.begin() + kZeros.begin, gradients.begin() + kZeros.end, real{0});
  return gradients;
}

void Flat::step(const Workers& workers, const Delivery& how) {
  std::vector<real*> arrays;
  for (const Guarded& array : state_) arrays.push_back(array.values());
  const Numbers all = gradients_of(steps, how.size);
  const std::size_t last = std::min(segments.size(), how.first + how.most);
  std::vector<std::pair<std::int64_t, std::int64_t>> calls;
  for (std::size_t i = how.first; i < last; i += how.parameters) {
    const std::int64_t end = segments[std::min(i + how.parameters, last) - 1].end;
    const std::int64_t most = how.values > 0 ? how.values : kLength;
    for (std::int64_t begin = segments[i].begin; begin < end; begin += most)
      calls.emplace_back(begin, std::min(begin + most, end));
  }
  if (how.backwards) std::reverse(calls.begin(), calls.end());
  for (const auto& [begin, end] : calls) {
    const Guarded part(Numbers(all.begin() + begin, all.begin() + end), dirt_);
    const Numbers before = part.numbers();
    const Gradients gradients{begin, end, part.values()};
    optimizer->step(
        {workers, segments, values_.values(), gradients, arrays, optimizer->lr() * how.rate, steps, how.scale});
    if (!part.intact() || !same_bits(part.numbers(), before)) damage_ = {"gradients were written"};
  }
  ++steps;
}

Weights Flat::weights() const {
  Weights weights{values_.numbers(), {}};
  for (const Guarded& array : state_) weights.state.push_back(array.numbers());
  return weights;
}

Agreement Flat::undamaged() const {
  if (!damage_) return damage_;
  if (!intact(values_, segments)) return {"something was written beside the parameters' values"};
  for (std::size_t i = 0; i < state_.size(); ++i)
    if (!intact(state_[i], segments))
      return {"something was written beside the parameters in " + std::string(optimizer->states()[i])};
  return {};
}

Agreement same_bits(const Weights& got, const Weights& want) {
  if (const Agreement values = same_bits(got.values, want.values); !values) return {"values, " + values.difference};
  for (std::size_t i = 0; i < want.state.size(); ++i)
    if (const Agreement state = same_bits(got.state[i], want.state[i]); !state)
      return {"state " + std::to_string(i) + ", " + state.difference};
  return {};
}

}  // namespace cnnctl::testing
