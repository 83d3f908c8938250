// A signal at the worst moment: between two epochs, while what the last one gave is saved.
#include <doctest/doctest.h>

#include <csignal>

#include "base/interrupt.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/data_record.hpp"
#include "train/tiny.hpp"
#include "train/trainer.hpp"

namespace cnnctl {
namespace {

/// Raises SIGTERM when the first epoch is over.
class Interrupter final : public Observer {
 public:
  void epoch(const EpochEvent&) override { std::raise(SIGTERM); }
};

}  // namespace

TEST_SUITE("train") {
  TEST_CASE("a signal between two epochs leaves a state that begins the next one with sums of nothing") {
    const testing::TemporaryFolder folder;
    const Experiment experiment = testing::tiny();
    const Settings& settings = experiment.settings;
    const Interrupt interrupt;
    const Workers workers(1);
    Network network(experiment.model);
    network.initialise(7);
    TrainingData data = load_training_data(experiment, workers);
    const Goal goal = plan_goal(experiment, network, targets_of(batch_spec(data.samples->spec(), data.pipeline)));
    OptimizerState state(*settings.optimizer, network);
    Saver saver(folder.path(), settings.checkpoint, network, state, {}, data.record,
                [](const std::string&, std::int64_t) {});
    std::vector<std::unique_ptr<Observer>> observers;
    observers.push_back(std::make_unique<Interrupter>());
    Trainer trainer({settings, goal, data, network, workers, state, saver, observers},
                    plan_training(network, workers, settings, settings.data.batch_size), {});
    CHECK(trainer.run().signal == SIGTERM);
    const TrainingProgress saved = read_state(folder / "checkpoints/state.safetensors").info.progress;
    CHECK(saved.epoch == 1);
    CHECK(saved.step_in_epoch == 0);
    CHECK(saved.seen == 0);
    CHECK(saved.sums.empty());
  }
}

}  // namespace cnnctl
