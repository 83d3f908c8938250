// Evaluation: what `cnnctl eval` and the validation of each epoch report.
#include "train/evaluate.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "base/message.hpp"
#include "experiment/goal.hpp"
#include "experiment/program_options.hpp"
#include "train/tiny.hpp"
#include "train/training_data.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("train") {
  TEST_CASE("the loss over a set does not depend on the batch size, with class weights neither") {
    const Workers workers(1);
    for (const char* const loss : {"cross_entropy", "{type: cross_entropy, class_weights: [0, 1, 2, 5]}", "mse"}) {
      CAPTURE(loss);
      const Experiment experiment = tiny({std::string("loss=") + loss});
      const TrainingData data = load_training_data(experiment, workers);
      Network network(experiment.model);
      const Goal goal = plan_goal(experiment, network, targets_of(batch_spec(data.samples->spec(), data.pipeline)));
      Objective objective(goal.terms);
      Meter meter(objective, goal.measures);
      network.initialise(3);
      const auto evaluate_by = [&](std::int64_t batch_size) {
        Loader::Options options;
        options.batch_size = batch_size;
        Loader loader(*data.samples, data.partition.validation, data.pipeline, options);
        Program program(network, workers, program_options(experiment.settings, Mode::infer, batch_size));
        return *evaluate(program, workers, objective, meter, loader);
      };
      const Results whole = evaluate_by(60), parts = evaluate_by(7), single = evaluate_by(1);
      CHECK(whole.samples == 60);
      CHECK(whole.loss() > 0);
      CHECK(parts.loss() == doctest::Approx(whole.loss()).epsilon(1e-6));
      CHECK(single.loss() == doctest::Approx(whole.loss()).epsilon(1e-6));
      CHECK(single.find("top1")->value == whole.find("top1")->value);
    }
  }

  TEST_CASE("what is not finite is an error that names the samples, but for a number that may be infinite") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    const auto complaint = [](double loss, double psnr) {
      const Results results{1, {{"loss", "loss", loss, false, false}, {"psnr", "psnr", psnr, true, false}}};
      return message_of<TrainingError>([&] { require_finite(results, "test"); });
    };
    const std::string why = ": the network's outputs for them are not finite, or far from what they should be";
    CHECK(complaint(nan, 1) == "cnnctl: error: the loss of the test samples is nan" + why);
    CHECK(complaint(inf, 1) == "cnnctl: error: the loss of the test samples is inf" + why);
    CHECK(complaint(1, nan) == "cnnctl: error: the psnr of the test samples is nan" + why);
    CHECK(complaint(1, inf) == "nothing was thrown");
  }
}

}  // namespace
}  // namespace cnnctl::testing
