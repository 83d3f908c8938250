// The whole configuration: what it reads, refuses, warns of and writes back.
#include "experiment/experiment.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "config/yaml.hpp"
#include "train/tiny.hpp"

TEST_SUITE("experiment") {
  using namespace cnnctl;
  using cnnctl::testing::message_of;
  using cnnctl::testing::tiny;

  TEST_CASE("defaults stand where a file says nothing") {
    const Experiment e = parse_experiment(
        "data: {format: synthetic}\nmodel: {input: [1, 8, 8], layers: [flatten, linear: 10]}\n", "x/some net.yaml", {});
    CHECK(e.settings.name == "some_net");
    CHECK(e.settings.data.batch_size == 32);
    CHECK(e.settings.data.validation == 0);
    CHECK(e.settings.loss.kind->name == "cross_entropy");
    CHECK(e.settings.optimizer.kind->name == "sgd");
    CHECK(e.settings.lr_scheduler.kind->name == "constant");
    CHECK(e.settings.train.epochs == 10);
    CHECK_FALSE(e.settings.train.early_stopping.has_value());
    CHECK_FALSE(e.settings.runtime.threads.count.has_value());
    CHECK(e.warnings.empty());
  }

  TEST_CASE("the resolved text gives the same experiment, and itself again") {
    const Experiment first = tiny({"data.normalize={mean: [0.5], std: [0.25]}", "runtime.threads=3",
                                   "train.early_stopping=4", "checkpoint.every_epochs=2", "train.clip_grad_norm=1.5"});
    const std::string text = resolved_yaml(first);
    const Experiment second = parse_experiment(text, "resolved.yaml", {});
    CHECK(resolved_yaml(second) == text);
    CHECK(second.settings.runtime.threads.count == 3);
    CHECK(second.settings.train.early_stopping->patience == 4);
    CHECK(second.settings.data.normalize.mode == NormalizeConfig::Mode::given);
    CHECK(second.settings.data.normalize.std == std::vector<double>{0.25});
    CHECK(second.settings.data.format.dataset.kind->name == "synthetic");
    CHECK(second.model.layers.size() == first.model.layers.size());
  }

  TEST_CASE("data.cache takes bytes with a unit, auto, and nothing else") {
    const auto cache = [](const std::string& text) { return tiny({"data.cache=" + text}).settings.data.cache.bytes; };
    CHECK(cache("64MiB") == std::uint64_t{64} << 20);
    CHECK(cache("0") == 0);
    CHECK(cache("auto") == std::nullopt);
    CHECK(resolved_yaml(tiny({"data.cache=1536KiB"})).find("cache: 1536KiB") != std::string::npos);
    CHECK(resolved_yaml(tiny()).find("cache: auto") != std::string::npos);
    for (const char* const wrong : {"64MB", "-1", "[1]", "much"})
      CHECK(message_of<ConfigError>([&] {
              cache(wrong);
            }).find("data.cache takes auto, or bytes as in 64MiB, 2GiB or 0") != std::string::npos);
  }

  TEST_CASE("the fields of the format stand in data, and slips are measured against both") {
    const std::string message = message_of<ConfigError>([] { tiny({"data.clases=3"}); });
    CHECK_MESSAGE(message.find("(did you mean 'classes'?)") != std::string::npos, message);
    const std::string common = message_of<ConfigError>([] { tiny({"data.batch_sise=3"}); });
    CHECK_MESSAGE(common.find("(did you mean 'batch_size'?)") != std::string::npos, common);
    const std::string word = message_of<ConfigError>([] { tiny({"data.format=synthetik"}); });
    CHECK_MESSAGE(word.find("(did you mean 'synthetic'?)") != std::string::npos, word);
  }

  TEST_CASE("rules over several fields") {
    CHECK(message_of<ConfigError>([] {
            tiny({"data.normalize={mean: [0.5]}"});
          }).find("mean and std must have one number for each channel, both") != std::string::npos);
    CHECK(message_of<ConfigError>([] {
            tiny({"data.validation=0", "train.monitor=val_loss"});
          }).find("train.monitor needs validation samples") != std::string::npos);
    CHECK(message_of<ConfigError>([] {
            tiny({"runtime.threads=0"});
          }).find("runtime.threads must be between 1 and 1024, got 0") != std::string::npos);
    CHECK(message_of<ConfigError>([] { tiny({"name=../x"}); }).find("name may hold letters") != std::string::npos);
  }

  TEST_CASE("mistakes of sections, layers and shapes come together") {
    const std::string message = message_of<ConfigError>([] {
      tiny({"optimizer.lr=-1", "train.epoch=3", "model.layers.0.conv2d.kernel_size=20"});
    });
    CHECK_MESSAGE(message.find("sgd.lr must be above 0, got -1") != std::string::npos, message);
    CHECK_MESSAGE(message.find("train has no field 'epoch' (did you mean 'epochs'?)") != std::string::npos, message);
    CHECK_MESSAGE(message.find("window 20x20 does not fit the input ") != std::string::npos, message);
  }

  std::vector<std::string> warnings_of(const std::string& layers, const std::string& rest = "") {
    const Experiment e = parse_experiment(
        "data: {format: synthetic}\nmodel:\n  input: [1, 8, 8]\n  layers: " + layers + "\n" + rest, "x.yaml", {});
    std::vector<std::string> messages;
    for (const Diagnostic& d : e.warnings) messages.push_back(d.message);
    return messages;
  }

  TEST_CASE("traps that are legal are warned of") {
    CHECK(warnings_of("[flatten, linear: 10, softmax]") ==
          std::vector<std::string>{"softmax before cross_entropy, which takes raw outputs and applies softmax itself: "
                                   "leave it out"});
    CHECK(warnings_of("[flatten, linear: 10, softmax]", "loss: mse\n").empty());
    CHECK(warnings_of(
              "[flatten, linear: {name: a, out_features: 5}, batch_norm1d, linear: 5, batch_norm1d, linear: 10]") ==
          std::vector<std::string>{
              "the bias of 'a' has no effect before batch norm (and in 1 more place): add bias: false"});
    CHECK(warnings_of("[flatten, linear: {out_features: 5, bias: false}, batch_norm1d, linear: 10]").empty());
    CHECK(
        warnings_of("[flatten, linear: {out_features: 5, bias: false}, batch_norm1d: {momentum: 0.99}, linear: 10]") ==
        std::vector<std::string>{"batch norm momentum 0.99 is the weight of the new batch, as in PyTorch; for Keras' "
                                 "0.99 write 0.01"});
    const std::string rest = "train: {epochs: 5}\nlr_scheduler: ";
    CHECK(warnings_of("[flatten, linear: 10]", rest + "{type: multistep, milestones: [2, 5]}\n") ==
          std::vector<std::string>{
              "the milestone 5 lies beyond the training of 5 epochs (from 0): the rate never drops there"});
    CHECK(warnings_of("[flatten, linear: 10]", rest + "{type: multistep, milestones: [2, 4]}\n").empty());
    CHECK(warnings_of("[flatten, linear: 10]", rest + "{type: cosine, warmup_epochs: 5.5}\n") ==
          std::vector<std::string>{"the warm-up of 5.5 epochs is longer than the training of 5: the full rate is never "
                                   "reached"});
    CHECK(warnings_of("[flatten, linear: 10]", rest + "{type: cosine, warmup_epochs: 5}\n").empty());
  }
}
