// Runs that are after more than one class a picture: values, several inputs and outputs, metrics, frozen parameters.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/binary.hpp"

namespace cnnctl::testing {
namespace {

/// Gratings without their noise from gratings with it, and their class beside.
const std::string kData = R"(name: run
seed: 3
data: {format: synthetic, target: clean, classes: 4, count: 160, test_count: 40, shape: [1, 8, 8], noise: 0.2,
       validation: 0.25, batch_size: 16}
)";

const std::string kDenoise = kData + R"(model:
  input: [1, 8, 8]
  layers:
    - conv2d: {out_channels: 8, kernel_size: 3, padding: 1}
    - relu
    - conv2d: {out_channels: 1, kernel_size: 3, padding: 1}
loss: mse
optimizer: {type: adam, lr: 0.01}
train: {epochs: 3}
)";

const std::string kTwoEnds = kData + R"(model:
  inputs: {image: [1, 8, 8], clean: [1, 8, 8]}
  outputs: [restored, fc]
  layers:
    - conv2d: {name: a, out_channels: 6, kernel_size: 3, padding: 1, inputs: image}
    - batch_norm2d: {name: bn}
    - relu
    - conv2d: {name: restored, out_channels: 1, kernel_size: 3, padding: 1}
    - conv2d: {name: b, out_channels: 6, kernel_size: 3, padding: 1, inputs: clean}
    - add: {inputs: [relu_1, b]}
    - global_avg_pool
    - linear: {name: fc, out_features: 4}
objective:
  - {output: restored, target: clean, loss: mse, weight: 2}
  - {output: fc, target: class, loss: cross_entropy}
metrics: [{type: top1, term: fc}, {type: mse, term: restored}]
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
train: {epochs: 2, monitor: val_fc_top1}
)";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("a network learns to take noise away, judged by values") {
    const TemporaryFolder folder;
    folder.write("denoise.yaml", kDenoise);
    const Finished trained = call(folder, {"train", "denoise.yaml", "--run-dir", "run", "--progress", "none"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    const std::string csv = read_file(folder / "run/metrics.csv");
    CHECK(first_line(csv) ==
          "epoch,step,lr,train_loss,train_mse,val_loss,val_mse,train_mae,val_mae,seconds,images_per_second,"
          "weights_hash");
    const Finished measured = call(folder, {"eval", "run", "--format", "json"});
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
    CHECK(measured.out.find("\"mse\":") != std::string::npos);
    CHECK(measured.out.find("top1") == std::string::npos);
  }

  TEST_CASE("two inputs, two outputs, two losses: trained, stopped, resumed and measured, the same bits") {
    const TemporaryFolder folder;
    folder.write("ends.yaml", kTwoEnds);
    const Finished whole = call(folder, {"train", "ends.yaml", "--run-dir", "whole", "--progress", "none"});
    REQUIRE_MESSAGE(whole.code == 0, whole.err);
    REQUIRE(call(folder, {"train", "ends.yaml", "--run-dir", "parts", "--progress", "none", "train.epochs=1"}).code ==
            0);
    const Finished resumed = call(folder, {"train", "--resume", "parts", "train.epochs=2", "--progress", "none"});
    REQUIRE_MESSAGE(resumed.code == 0, resumed.err);
    CHECK(call(folder, {"checkpoint", "diff", "whole", "parts", "--require-equal"}).code == 0);
    const Finished measured = call(folder, {"eval", "whole", "--format", "json"});
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
    for (const char* number : {"\"loss\":", "\"loss_restored\":", "\"loss_fc\":", "\"fc_top1\":", "\"restored_mse\":"})
      CHECK_MESSAGE(measured.out.find(number) != std::string::npos, number, " in ", measured.out);
  }

  TEST_CASE("an input without a column, an output without a layer: errors at their places") {
    const TemporaryFolder folder;
    folder.write("ends.yaml", kTwoEnds);
    const Finished input = call(
        folder, {"train", "ends.yaml", "model.inputs={image: [1, 8, 8], clear: [1, 8, 8]}", "model.b.inputs=clear"});
    CHECK(input.code == 3);
    CHECK_MESSAGE(
        input.err.find("the samples have no column 'clear' for the model's input of that name") != std::string::npos,
        input.err);
    const Finished output = call(folder, {"config", "check", "ends.yaml", "model.outputs=[restored, fx]"});
    CHECK(output.code == 3);
    CHECK_MESSAGE(output.err.find("no layer is named 'fx'") != std::string::npos, output.err);
  }

  TEST_CASE("a target that is a picture is cut with the input, and has its size") {
    const TemporaryFolder folder;
    std::string config = kDenoise;
    config.replace(config.find("batch_size: 16"), 14, "batch_size: 16, augment: [{random_crop: {size: 6}}]");
    config.replace(config.find("input: [1, 8, 8]"), 16, "input: [1, 6, 6]");
    folder.write("cut.yaml", config);
    const Finished trained = call(folder, {"train", "cut.yaml", "--run-dir", "run", "train.epochs=20"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    const Finished eval = call(folder, {"eval", "run", "--format", "json"});
    REQUIRE_MESSAGE(eval.code == 0, eval.err);
    // The noise alone has a variance of 0.04; were the target cut out elsewhere, the error would be that of a grating.
    const double mse = nlohmann::json::parse(eval.out)["mse"];
    CHECK_MESSAGE(mse < 0.03, eval.out);
  }

  TEST_CASE("statistics alone cannot be frozen; beside what is frozen they may follow") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const auto check = [&](const std::string& groups) {
      return call(folder, {"config", "check", "tiny.yaml", "parameters=" + groups});
    };
    const Finished refused = check("[{match: \"bn.running_*\", train: false}]");
    CHECK(refused.code == 3);
    CHECK_MESSAGE(
        refused.err.starts_with("command line:1:21: error: 'bn.running_mean' follows the batches as long as a "
                                "weight or a bias beside it is trained; freeze these as well: \"bn.*\"\n"),
        refused.err);
    for (const char* groups : {"[{match: \"bn.*\", train: false}]", "[{match: [bn.weight, bn.bias], train: false}]",
                               "[{match: [bn.weight, bn.bias, \"bn.running_*\"], train: false}]",
                               "[{match: \"*.bias\"}, {match: \"*\", train: false}]"})
      CHECK_MESSAGE(check(groups).code == 0, groups);
  }

  TEST_CASE("what is frozen stays as it was drawn, statistics included") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const auto train = [&](const std::string& dir, const std::string& epochs) {
      return call(folder, {"train", "tiny.yaml", "--run-dir", dir, "--progress", "none", "train.epochs=" + epochs,
                           "parameters=[{match: [conv.*, bn.*], train: false}]"});
    };
    const Finished one = train("one", "1"), two = train("two", "2");
    REQUIRE_MESSAGE(one.code == 0, one.err);
    const std::string log = read_file(folder / "one/train.log");
    CHECK_MESSAGE(log.find("frozen  44 parameters; 260 are trained") != std::string::npos, log);
    CHECK_MESSAGE(log.find("plan    1 epoch of ") != std::string::npos, log);
    const std::string summary =
        call(folder, {"summary", "tiny.yaml", "parameters=[{match: [conv.*, bn.*], train: false}]"}).out;
    CHECK_MESSAGE(summary.find("), 44 of them frozen\n") != std::string::npos, summary);
    REQUIRE(two.code == 0);
    const Finished diff = call(folder, {"checkpoint", "diff", "one/checkpoints/last.safetensors",
                                        "two/checkpoints/last.safetensors", "--format", "json"});
    for (const char* name : {"conv.weight", "bn.weight", "bn.running_mean", "fc.weight"}) {
      const std::size_t at = diff.out.find("\"" + std::string(name) + "\"");
      REQUIRE_MESSAGE(at != std::string::npos, diff.out);
      const bool equal = diff.out.substr(at, diff.out.find('}', at) - at).find("\"equal\"") != std::string::npos;
      CHECK_MESSAGE(equal == (std::string(name) != "fc.weight"), name, " in ", diff.out);
    }
    CHECK(train("three", "1").code == 0);
    const Finished none = call(folder, {"config", "check", "tiny.yaml", "parameters=[{match: \"*\", train: false}]"});
    CHECK(none.code == 3);
    CHECK_MESSAGE(none.err.find("every parameter is frozen: nothing is left to train") != std::string::npos, none.err);
  }

  TEST_CASE("scales of a group multiply the optimizer's rate and decay, in its parameters alone") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    const auto train = [&](const std::string& dir, const std::vector<std::string>& more) {
      std::vector<std::string> all = {"train",
                                      "tiny.yaml",
                                      "--run-dir",
                                      dir,
                                      "--progress",
                                      "none",
                                      "lr_scheduler=constant",
                                      "data.batch_size=180",
                                      "train.epochs=1",
                                      "optimizer.weight_decay=0.25"};
      all.insert(all.end(), more.begin(), more.end());
      const Finished trained = call(folder, all);
      REQUIRE_MESSAGE(trained.code == 0, trained.err);
    };
    // After one step: which parameters of two runs are the same, to the bit.
    const auto same = [&](const std::string& a, const std::string& b) {
      const auto last = [](const std::string& run) { return run + "/checkpoints/last.safetensors"; };
      const Finished diff = call(folder, {"checkpoint", "diff", last(a), last(b), "--format", "json"});
      const nlohmann::json all = nlohmann::json::parse(diff.out);
      std::string names;
      for (const nlohmann::json& tensor : all["tensors"])
        if (tensor["what"] == "equal" && tensor["name"].get<std::string>().find("running") == std::string::npos)
          names += tensor["name"].get<std::string>() + " ";
      return names;
    };
    const std::string everything = "bn.bias bn.weight conv.weight fc.bias fc.weight ";
    train("half", {"optimizer.lr=0.125"});
    train("whole", {"optimizer.lr=0.25"});
    train("all", {"optimizer.lr=0.125", "parameters=[{match: \"*\", lr_scale: 2}]"});
    CHECK(same("half", "whole") == "");
    CHECK(same("all", "whole") == everything);
    train("fc", {"optimizer.lr=0.125", "parameters=[{match: fc.*, lr_scale: 2}]"});
    CHECK(same("fc", "whole") == "fc.bias fc.weight ");
    CHECK(same("fc", "half") == "bn.bias bn.weight conv.weight ");
    train("decay", {"optimizer.lr=0.125", "parameters=[{match: [conv.*, fc.*], decay_scale: 2}]"});
    train("more", {"optimizer.lr=0.125", "optimizer.weight_decay=0.5"});
    CHECK(same("decay", "more") == "bn.bias conv.weight fc.bias fc.weight ");  // bn.bias is 0: no decay
    CHECK(same("decay", "half") == "bn.bias bn.weight ");
  }

  TEST_CASE("a validation loss that is not finite ends the run with exit code 8, and so does eval") {
    const TemporaryFolder folder;
    folder.write("denoise.yaml", kDenoise);
    const Finished trained = call(folder, {"train", "denoise.yaml", "--run-dir", "run", "--progress", "none",
                                           "optimizer={type: sgd, lr: 1e30}", "train.epochs=1"});
    CHECK(trained.code == 8);
    CHECK(trained.err.find("diverged") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
