// Evaluation: what `cnnctl eval` and the validation of each epoch report.
#include "train/evaluate.hpp"

#include <doctest/doctest.h>

#include "experiment/experiment.hpp"
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
      network.initialise(3);
      const auto evaluate_by = [&](std::int64_t batch_size) {
        Loader::Options options;
        options.batch_size = batch_size;
        Loader loader(*data.samples, data.partition.validation, data.pipeline, options);
        Program program(network, workers, program_options(experiment.settings, Mode::infer, batch_size));
        return *evaluate(program, workers, *experiment.settings.loss, loader);
      };
      const Metrics whole = evaluate_by(60), parts = evaluate_by(7), single = evaluate_by(1);
      CHECK(whole.samples == 60);
      CHECK(whole.loss > 0);
      CHECK(parts.loss == doctest::Approx(whole.loss).epsilon(1e-6));
      CHECK(single.loss == doctest::Approx(whole.loss).epsilon(1e-6));
      CHECK(single.top1 == whole.top1);
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
