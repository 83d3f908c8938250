// cnnctl checkpoint convert: the same weights in a network of another form.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/model.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "model/linear_to_conv.hpp"

namespace cnnctl::cli {
namespace {

/// Terms of the objective that look at an output look at its mean now, under the names that they had.
void rename_outputs(const Network& before, const Network& now, std::vector<TermConfig>& terms) {
  for (TermConfig& term : terms) {
    const std::string looked_at = term.output.text.empty() ? before.output_layer(0).name : term.output.text;
    const auto renamed = std::ranges::count(now.layers(), mean_of(looked_at), &LayerInfo::name);
    if (renamed == 0) continue;
    if (term.name.empty()) term.name = looked_at;
    term.output.text = mean_of(looked_at);
  }
}

/// Pictures of another size from now on, as they are: what augmentation would cut out of them is for training.
void resize(Experiment& experiment, Pipeline& pipeline, const std::vector<std::int64_t>& size) {
  const Shape& input = experiment.model.inputs.front().shape;
  const Shape wanted{input.channels(), size[0], size[size.size() - 1]};
  if (wanted.height() < input.height() || wanted.width() < input.width())
    throw UsageError(fmt::format("--size: the network takes pictures of {}x{} and larger ones, got {}x{}",
                                 input.height(), input.width(), wanted.height(), wanted.width()));
  experiment.model.inputs.front().shape = wanted;
  pipeline.input = pipeline.picture = wanted;
  experiment.settings.data.size = Sizes{wanted.height(), wanted.width()};
  experiment.settings.data.augment.clear();
}

/// The old network's values, by name; shapes differ, the order of the values does not.
void take_values(const Network& from, Network& to) {
  for (std::size_t i = 0; i < to.parameters().size(); ++i) {
    const auto at = std::ranges::find(from.parameters(), to.parameters()[i].name, &NamedParameter::name);
    CNNCTL_CHECK(at != from.parameters().end());
    CNNCTL_CHECK_EQ(at->parameter.count(), to.parameters()[i].parameter.count());
    to.import_values(i, from.export_values(static_cast<std::size_t>(at - from.parameters().begin())));
  }
}

}  // namespace

int run_convert(const CheckpointOptions& options) {
  if (!options.linear_to_conv)
    throw UsageError("checkpoint convert: say what the network should become: --linear-to-conv");
  if (options.size.size() > 2)
    throw UsageError(fmt::format("--size takes one number or HEIGHT,WIDTH, got {} numbers", options.size.size()));
  TrainedModel model = open_trained(options.first, {});
  Experiment& experiment = model.experiment;
  if (experiment.model.inputs.size() != 1 || !model.network->input().is_image())
    throw ConfigError(
        {model.path, 0, 0, ""},
        fmt::format("the network takes {}, not one picture",
                    experiment.model.inputs.size() == 1 ? model.network->input().str() : "several inputs"));
  experiment.model = fully_convolutional(*model.network, options.maps);
  if (!options.size.empty()) resize(experiment, model.info.pipeline, options.size);
  Network network(experiment.model);
  take_values(*model.network, network);
  std::vector<TermConfig>& terms = experiment.settings.objective;
  if (!terms.empty()) rename_outputs(*model.network, network, terms);
  model.info.config = resolved_yaml(experiment);
  parse_experiment(model.info.config, options.output, {});  // what is written can be read
  save_model(options.output, network, model.info);
  if (options.format == Format::json) {
    print(json_page(nlohmann::ordered_json{{"schema", "cnnctl.checkpoint.convert/1"},
                                           {"file", options.output},
                                           {"input", network.input().sizes()},
                                           {"output", network.output().sizes()},
                                           {"parameters", network.trainable_count()}}));
  } else {
    print(fmt::format("{}: fully convolutional, {} to {}, {} parameters\n", options.output, network.input().str(),
                      network.output().str(), with_commas(network.trainable_count())));
  }
  return static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
