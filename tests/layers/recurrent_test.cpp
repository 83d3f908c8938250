// Sequences of different lengths in one batch: each is treated as if it stood alone, cut where it ends.
#include <doctest/doctest.h>

#include "drawn_parameters.hpp"

namespace cnnctl::testing {
namespace {

constexpr std::int64_t kFeatures = 3, kLength = 6, kHidden = 4;
constexpr std::int64_t kLengths[] = {6, 4, 1};

/// The result of sample n by itself, its first `length` steps.
LayerRun alone(const std::string& kind, const std::string& yaml, const LayerRun& batch, std::size_t n) {
  const std::int64_t length = kLengths[n];
  LayerRun run(kind, yaml, {{kFeatures, length}}, 1);
  run.parameters = batch.parameters;
  const auto* x = batch.x[0].data() + static_cast<std::int64_t>(n) * kLength * kFeatures;
  run.x[0].assign(x, x + length * kFeatures);
  return run;
}

void check_lengths(const std::string& kind, const std::string& more) {
  const std::string yaml = "{hidden_size: 4, bidirectional: true, num_layers: 2" + more + "}";
  INFO(kind << " " << yaml);
  const bool last = more.find("last") != std::string::npos;
  LayerRun batch(kind, yaml, {{kFeatures, kLength}, {1}}, 3);
  draw_parameters(batch);
  batch.x[1] = {6, 4, 1};
  batch.forward();
  batch.backward();
  std::vector<Numbers> sums;
  for (const Numbers& gradient : batch.parameter_gradients) sums.emplace_back(gradient.size());
  for (std::size_t n = 0; n < 3; ++n) {
    LayerRun run = alone(kind, yaml, batch, n);
    const std::int64_t steps = last ? 1 : kLength, own = last ? 1 : kLengths[n], width = 2 * kHidden;
    const auto from = static_cast<std::int64_t>(n) * steps * width;
    run.dy.assign(batch.dy.begin() + from, batch.dy.begin() + from + own * width);
    run.forward();
    run.backward();
    const Numbers y(batch.y.begin() + from, batch.y.begin() + from + steps * width);
    Numbers want = run.y, dx = run.dx[0];
    want.resize(y.size(), 0);
    CHECK(close(y, want, 1e-6));
    dx.resize(static_cast<std::size_t>(kLength * kFeatures), 0);
    const auto at = batch.dx[0].begin() + static_cast<std::int64_t>(n) * kLength * kFeatures;
    CHECK(close(Numbers(at, at + kLength * kFeatures), dx, 1e-5));
    for (std::size_t p = 0; p < sums.size(); ++p)
      for (std::size_t i = 0; i < sums[p].size(); ++i) sums[p][i] += run.parameter_gradients[p][i];
  }
  for (std::size_t p = 0; p < sums.size(); ++p) CHECK(close(batch.parameter_gradients[p], sums[p], 1e-5));
}

}  // namespace

TEST_SUITE("layers") {
  TEST_CASE("recurrent layers: a shorter sequence is as if it stood alone") {
    for (const char* kind : {"rnn", "lstm", "gru"})
      for (const char* more : {"", ", output: last"}) check_lengths(kind, more);
  }

  TEST_CASE("recurrent layers: what is no sequence is refused, with a hint") {
    CHECK(shape_error("lstm", "4", {{1, 28, 28}}) ==
          "expects a sequence (channels x length), got 1x28x28; reshape and permute make one of an image's rows");
    CHECK(shape_error("gru", "4", {{12}}) == "expects a sequence (channels x length), got 12");
    CHECK(shape_error("rnn", "4", {{3, 5}, {2}}) == "lengths are one number a sample, got 2");
  }
}

}  // namespace cnnctl::testing
