// One training step: what it changes, and that values are learnt as classes are.
#include "train/step.hpp"

#include <doctest/doctest.h>

#include "configure.hpp"
#include "graph/train_pass.hpp"

namespace cnnctl::testing {
namespace {

/// Pictures, and what they should become.
class Pictures final : public Targets {
 public:
  Pictures(std::int64_t n, const Shape& shape) : noisy(n, shape), clean(n, shape) {
    fill(clean.span(), 5);
    fill(noisy.span(), 6);
    for (std::int64_t i = 0; i < clean.count(); ++i) noisy.data()[i] = clean.data()[i] + real(0.3) * noisy.data()[i];
  }
  Target target(std::string_view name) const override {
    CHECK(name == "clean");
    return {{}, clean.view(), {}};
  }

  Tensor noisy, clean;
};

constexpr const char* kDenoiser =
    "input: [2, 6, 5]\nlayers:\n  - conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n  - relu\n"
    "  - conv2d: {out_channels: 2, kernel_size: 3, padding: 1}\n";

/// Trains a denoiser for some steps; the weights' hash and the loss of each step.
struct Trained {
  std::uint64_t hash;
  std::vector<double> losses;
};
Trained denoise(int steps, std::optional<double> clip, double lr, const Workers& workers) {
  Network network(model(kDenoiser));
  network.initialise(1);
  const Choice<Optimizer> optimizer = configure(optimizers(), "adam");
  const OptimizerState state(*optimizer, network);
  Program program(network, workers, {.mode = Mode::train, .batch = 4, .keep_gradients = clip.has_value()});
  Objective objective({{"", 0, "clean", 1, configure(losses(), "mse")}});
  TrainingStep step({network, workers, program, objective, *optimizer, state, clip, 3});
  const Pictures pictures(4, network.input());
  Trained trained;
  for (int i = 0; i < steps; ++i) {
    std::copy_n(pictures.noisy.data(), pictures.noisy.count(), program.input().data);
    trained.losses.push_back(objective.total(step.forward(4, i, pictures)));
    step.backward(i, lr);
  }
  trained.hash = network.hash();
  return trained;
}

}  // namespace

TEST_SUITE("train") {
  TEST_CASE("a loss on pictures falls, with the same bits for any number of workers") {
    const Workers one(1), three(3);
    const Trained trained = denoise(60, std::nullopt, 0.01, one);
    CHECK(trained.losses.front() > 0.2);
    CHECK(trained.losses.back() < 0.2 * trained.losses.front());
    CHECK(denoise(60, std::nullopt, 0.01, three).hash == trained.hash);
  }

  TEST_CASE("clipping scales gradients that are too large, and no others") {
    const Workers workers(1);
    const Trained plain = denoise(3, std::nullopt, 0.01, workers);
    CHECK(denoise(3, 1e6, 0.01, workers).hash == plain.hash);
    CHECK(denoise(3, 1e-9, 0.01, workers).hash != plain.hash);
    CHECK(denoise(3, std::nullopt, 0, workers).losses[2] == plain.losses[0]);  // nothing moves at rate 0
  }

  TEST_CASE("the parts of a step are timed on demand") {
    const Workers workers(1);
    Network network(model(kDenoiser));
    network.initialise(1);
    const Choice<Optimizer> optimizer = configure(optimizers(), "sgd");
    const OptimizerState state(*optimizer, network);
    Program program(network, workers, {.mode = Mode::train, .batch = 4});
    Objective objective({{"", 0, "clean", 1, configure(losses(), "mse")}});
    TrainingStep step({network, workers, program, objective, *optimizer, state, std::nullopt, 0});
    const Pictures pictures(4, network.input());
    const auto run = [&](int i) {
      step.forward(4, i, pictures);
      step.backward(i, 0.01);
    };
    run(0);
    CHECK(step.times().objective == 0);
    step.measure();
    run(1);
    CHECK(step.times().objective > 0);
    CHECK(step.times().update > 0);
  }
}
}  // namespace cnnctl::testing
