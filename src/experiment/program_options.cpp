#include "experiment/program_options.hpp"

#include <algorithm>

namespace cnnctl {
namespace {

/// The outputs that a term of the objective looks at; the first one is what a term means that names none.
std::vector<std::size_t> judged_outputs(const Network& network, const Settings& settings) {
  const std::vector<TermConfig> terms = settings.terms();
  std::vector<std::size_t> judged;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) {
    const std::string& name = network.output_layer(i).name;
    if (std::ranges::any_of(terms, [&](const TermConfig& term) {
          return term.output.text.empty() ? i == 0 : term.output.text == name;
        }))
      judged.push_back(i);
  }
  return judged;
}

}  // namespace

ProgramOptions program_options(const Settings& settings, Mode mode, std::int64_t batch) {
  ProgramOptions options;
  options.mode = mode;
  options.batch = batch;
  options.fuse = settings.runtime.fuse;
  options.winograd = settings.runtime.winograd;
  options.by_value = settings.optimizer->by_value();
  // Their norm takes all of them together; where those of several batches make a step, the step sees to that.
  options.keep_gradients = settings.train.clip_grad_norm && settings.train.accumulate == 1;
  return options;
}

TrainingPlans plan_training(const Network& network, const Workers& workers, const Settings& settings,
                            std::int64_t batch) {
  return plan_training(network, workers.count(), settings, batch);
}

TrainingPlans plan_training(const Network& network, int workers, const Settings& settings, std::int64_t batch) {
  ProgramOptions options = program_options(settings, Mode::train, batch);
  options.gradients = judged_outputs(network, settings);
  TrainingPlans plans{plan_program(network, workers, options), {}};
  if (settings.data.validates())
    plans.validation = plan_program(network, workers, program_options(settings, Mode::infer, batch));
  return plans;
}

ProgramPlan plan_inference(const Network& network, const Workers& workers, const Settings& settings,
                           std::int64_t batch) {
  return plan_program(network, workers.count(), program_options(settings, Mode::infer, batch));
}

}  // namespace cnnctl
