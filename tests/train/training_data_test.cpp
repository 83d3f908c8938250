#include "train/training_data.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "train/tiny.hpp"

namespace cnnctl::testing {
namespace {

ResumedRun resumed(const TrainingData& data) {
  CheckpointInfo info;
  info.class_names = data.samples->spec().class_names;
  return {"run", {info, data.record}};
}

}  // namespace

TEST_SUITE("train") {
  TEST_CASE("a run that goes on takes the division from its record, and draws none") {
    const Experiment experiment = tiny();
    const Workers workers(2);
    const TrainingData begun = load_training_data(experiment, workers);
    CHECK(begun.record.held_back.size() == begun.partition.validation.size());
    CHECK(begun.partition.validation.size() == 60);
    ResumedRun run = resumed(begun);
    run.saved.data->held_back = {3, 5, 239};
    const TrainingData again = load_training_data(experiment, workers, &run);
    CHECK(again.partition.validation == std::vector<std::uint32_t>{3, 5, 239});
    CHECK(again.partition.train.size() == 237);
    CHECK(again.partition.train.front() == 0);
    CHECK(again.partition.train[3] == 4);
    CHECK(again.record.held_back == std::vector<std::int32_t>{3, 5, 239});
  }

  TEST_CASE("samples that are made another way are other data") {
    const Workers workers(2);
    const TrainingData begun = load_training_data(tiny(), workers);
    ResumedRun run = resumed(begun);
    CHECK(message_of<OtherData>([&] { load_training_data(tiny({"data.seed=1"}), workers, &run); })
              .starts_with("run: error: the data are not those that the run began with:\n  240 samples have other "
                           "contents: sample 0, "));
  }
}

}  // namespace cnnctl::testing
