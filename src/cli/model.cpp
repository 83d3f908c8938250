#include "cli/model.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/output.hpp"
#include "experiment/resume.hpp"

namespace cnnctl::cli {

TrainedModel open_trained(const std::string& target, const std::vector<std::string>& overrides) {
  TrainedModel model;
  model.path = find_checkpoint(target);
  model.info = read_info(model.path);
  model.experiment = parse_experiment(model.info.config, model.path, as_it_was(model.info.config, overrides));
  model.network = std::make_unique<Network>(model.experiment.model);
  load_model(model.path, *model.network, true);
  Pipeline& pipeline = model.info.pipeline;
  if (pipeline.picture.rank() == 0) pipeline.picture = pipeline.input = model.network->input();
  if (pipeline.input != model.network->input() ||
      static_cast<std::int64_t>(pipeline.normalization.mean.size()) != pipeline.picture.channels())
    throw CheckpointError(model.path, fmt::format("prepares pictures for an input of {}, but its network takes {}",
                                                  pipeline.input.str(), model.network->input().str()));
  return model;
}

Experiment open_experiment(const std::string& target, const std::vector<std::string>& overrides) {
  const bool is_checkpoint = target.ends_with(".safetensors") || is_directory(target);
  const auto inside = [&] {
    const std::string config = read_info(find_checkpoint(target)).config;
    return parse_experiment(config, target, as_it_was(config, overrides));
  };
  Experiment experiment = is_checkpoint ? inside() : load_experiment(target, overrides);
  for (const Diagnostic& warning : experiment.warnings) note(warning.str());
  return experiment;
}

}  // namespace cnnctl::cli
