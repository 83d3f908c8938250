// Numbers at the ends of what 64 bits hold, in every field that any catalogue declares: each is refused at its place,
// or is part of a plan whose bytes can be counted; and either at once.
#include <doctest/doctest.h>

#include <chrono>
#include <functional>

#include "base/message.hpp"
#include "base/text.hpp"
#include "config/codec.hpp"
#include "config/yaml.hpp"
#include "data/dataset.hpp"
#include "data/transform.hpp"
#include "experiment/experiment.hpp"
#include "experiment/forecast.hpp"
#include "experiment/program_options.hpp"
#include "losses/loss.hpp"
#include "metrics/metric.hpp"
#include "optim/optimizer.hpp"
#include "patience.hpp"

using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

constexpr const char* kNumbers[] = {"2147483648", "9007199254740992", "9223372036854775807",  "9223372036854775808",
                                    "-1",         "-2147483649",      "-9223372036854775808", "18446744073709551616",
                                    "1e300",      "16777216",         "1000000000",           "1024"};

/// "in [8, 16, 16]", of a few shapes that layers take.
constexpr const char* kInputs[] = {"[4, 16, 16]", "[12]", "[4, 16]", "[4, 8, 8, 8]"};

const std::string kRest = "data: {format: synthetic, classes: 4}\noptimizer: {type: sgd, lr: 0.1}\n";

std::string with_layer(const std::string& layer, const std::string& input) {
  return kRest + "model: {input: " + input + ", layers: [" + layer +
         ", flatten, linear: {name: end, out_features: 4}]}";
}

const std::string kPlain = with_layer("relu", "[12]");

/// What came of a configuration: empty if all is well.
std::string complaint(const std::string& text, const std::vector<std::string>& overrides) {
  const auto begin = std::chrono::steady_clock::now();
  std::string wrong;
  try {
    const Experiment experiment = parse_experiment(text, "f.yaml", overrides);
    const Network network(experiment.model, Network::Memory::later);
    const Workers workers(1);
    const TrainingPlans plans =
        plan_training(network, workers, experiment.settings, experiment.settings.data.batch_size);
    const std::uint64_t bytes =
        forecast_training(network, workers, experiment.settings, plans,
                          sample_bytes(training_outline(*experiment.settings.data.format.dataset)))
            .total();
    if (bytes > std::uint64_t{1} << 62) wrong = "needs " + human_bytes(bytes);
    for (const LayerInfo& layer : network.layers())
      if (layer.macs < 0 || layer.output.count() < 1) wrong = "wraps around";
  } catch (const ConfigError& error) {
    for (const Diagnostic& d : error.diagnostics())
      if (d.where.line < 1 || d.where.column < 1 || d.where.text.empty()) wrong = "has no place: " + d.str();
  } catch (const std::exception& error) {
    wrong = std::string("throws: ") + error.what();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return seconds.count() < 2 * testing::kPatience ? wrong : wrong + " takes " + human_seconds(seconds.count());
}

bool is_read(const std::string& text) {
  try {
    parse_experiment(text, "f.yaml", {});
    return true;
  } catch (const ConfigError&) {
    return false;
  }
}

/// Calls use(path) for every field that takes numbers.
void each_number(const std::vector<FieldDoc>& fields, const std::string& path,
                 const std::function<void(const std::string&)>& use) {
  for (const FieldDoc& field : fields) {
    if (field.type.find("number") != std::string::npos) use(path + field.name);
    each_number(field.nested, path + field.name + ".", use);
  }
}

int try_all(const std::string& text, const std::vector<FieldDoc>& fields, const std::string& path) {
  int fields_tried = 0;
  each_number(fields, path, [&](const std::string& key) {
    ++fields_tried;
    for (const std::string number : kNumbers)
      for (const std::string& value : {number, "[" + number + ", " + number + "]", "[1, 8, " + number + "]"}) {
        const std::string wrong = complaint(text, {key + "=" + value});
        CHECK_MESSAGE(wrong.empty(), key << "=" << value << " " << wrong);
      }
  });
  return fields_tried;
}

/// All entries of a catalogue, each chosen under `key`.
template <class Base>
int try_catalog(const Catalog<Base>& catalog, const std::string& key, bool listed) {
  int fields_tried = 0;
  for (const Kind<Base>* kind : catalog.kinds()) {
    const std::string body = kind->example.empty() ? "{}" : std::string(kind->example);
    const std::string entry = "{" + std::string(kind->name) + ": " + body + "}";
    const std::string text = kPlain + "\n" + key + ": " + (listed ? "[" + entry + "]" : entry) + "\n";
    const std::string path = key + (listed ? ".0." : ".") + (listed ? "" : std::string(kind->name) + ".");
    fields_tried += try_all(text, document_fields(*kind->make()), path);
  }
  return fields_tried;
}

}  // namespace

TEST_SUITE("experiment") {
  TEST_CASE("every number of every layer may be as large or small as it likes") {
    int fields_tried = 0;
    for (const Kind<Layer>* kind : layers().kinds()) {
      const std::string body = kind->example.empty() ? "{}" : std::string(kind->example);
      const std::string entry = std::string(kind->name) + ": " + body;
      for (const char* input : kInputs) {
        const std::string text = with_layer(entry, input);
        if (!is_read(text)) continue;
        const std::string word = body.starts_with("{") ? "" : std::string(kind->name) + ".";
        fields_tried += try_all(text, document_fields(*kind->make()), "model." + std::string(kind->name) + ".");
      }
    }
    CHECK(fields_tried >= 30);
  }

  TEST_CASE("... of every loss, optimizer, schedule, metric, dataset and transform") {
    std::string plain = kPlain;
    CHECK(try_catalog(losses(), "loss", false) >= 3);
    CHECK(try_catalog(schedules(), "lr_scheduler", false) >= 10);
    CHECK(try_catalog(metrics(), "metrics", true) >= 1);
    int fields_tried = 0;
    for (const Kind<Optimizer>* kind : optimizers().kinds())
      fields_tried += try_all(kPlain, document_fields(*kind->make()), "optimizer.");
    for (const Kind<Dataset>* kind : datasets().kinds())
      if (kind->name == "synthetic") fields_tried += try_all(kPlain, document_fields(*kind->make()), "data.");
    for (const Kind<Transform>* kind : transforms().kinds()) {
      const std::string body = kind->example.empty() ? "{}" : std::string(kind->example);
      const std::string data =
          "data: {format: synthetic, augment: [{" + std::string(kind->name) + ": " + body + "}]}\n";
      const std::string text = data + kPlain.substr(kPlain.find("optimizer"));
      REQUIRE_MESSAGE(is_read(text), text);
      fields_tried += try_all(text, document_fields(*kind->make()), "data.augment.0.");
    }
    CHECK(fields_tried >= 30);
  }

  TEST_CASE("... of every section") {
    Settings settings;
    CHECK(try_all(kPlain, document_fields(settings), "") >= 15);
  }

  TEST_CASE("... and of the shapes, together with large batches") {
    for (const char* shape :
         {"[1000000, 1000000, 1000000]", "[16777216, 16777216]", "[16777216]", "[9223372036854775807]",
          "[1, 32768, 32768]", "[16777216, 64, 64]", "[1, 16777216, 4096]", "[-1, 2, 2]", "[0]"}) {
      for (const char* batch : {"1", "1048576", "4611686018427387904"}) {
        const std::string model = std::string("model.input=") + shape, size = std::string("data.batch_size=") + batch;
        for (const std::string layer : {"relu", "conv2d: {name: c, out_channels: 3, kernel_size: 3, padding: full}",
                                        "max_pool2d: 2", "batch_norm2d"}) {
          const std::string wrong = complaint(with_layer(layer, "[3, 8, 8]"), {model, size});
          CHECK_MESSAGE(wrong.empty(), layer << " " << model << " " << size << " " << wrong);
        }
      }
    }
  }

  TEST_CASE("what would leave 64 bits is refused at its layer, with the limit") {
    const auto refusal = [](const std::string& layer, const std::string& input) {
      return message_of<ConfigError>([&] { parse_experiment(with_layer(layer, input), "f.yaml", {}); });
    };
    const std::string many = refusal("conv2d: {out_channels: 16384, kernel_size: 1024}", "[1, 2048, 2048]");
    CHECK_MESSAGE(many.starts_with("f.yaml:3:"), many);
    CHECK_MESSAGE(
        many.find("layer 'conv2d_1' (conv2d): has more than 2^42 multiply-adds a sample\n") != std::string::npos, many);
    const std::string large = refusal("relu", "[16777216, 128, 64]");
    CHECK_MESSAGE(large.find("layer 'relu_1' (relu): with this layer the network has more than 2^36 values\n") !=
                      std::string::npos,
                  large);
    const std::string padded =
        refusal("conv2d: {out_channels: 1, kernel_size: 3, stride: 1024, padding: 1000000}", "[1, 8, 8]");
    CHECK_MESSAGE(padded.find("a shape of 1x2000008x2000008 has more than 2^40 values\n") != std::string::npos, padded);
  }

  TEST_CASE("extremes together stay within 64 bits, and planning does not walk over them") {
    const std::string layer = "conv2d: {name: c, out_channels: 1, kernel_size: 3}";
    for (const std::vector<std::string>& overrides : std::vector<std::vector<std::string>>{
             {"model.input=[1, 32768, 32768]", "model.c.kernel_size=1024", "model.c.stride=1024"},
             {"model.input=[1, 32768, 32768]", "model.c.kernel_size=1024", "model.c.dilation=32"},
             {"model.input=[1024, 1024, 1024]", "model.c.kernel_size=1024", "model.c.padding=full"},
             {"model.input=[1, 1, 1]", "model.c.padding=1000000", "model.c.dilation=1000000"},
             {"model.input=[1, 4096, 4096]", "model.c.out_channels=16777216"},
             {"model.input=[4096, 64, 64]", "model.c.groups=4096", "model.c.out_channels=16777216"}}) {
      const std::string wrong = complaint(with_layer(layer, "[3, 8, 8]"), overrides);
      CHECK_MESSAGE(wrong.empty(), overrides.back() << " " << wrong);
    }
  }
}

}  // namespace cnnctl
