// The pipeline of a checkpoint: inference prepares a picture as training and evaluation do.
#include <doctest/doctest.h>

#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"
#include "cli/binary.hpp"
#include "cli/predict.hpp"
#include "data/loader.hpp"
#include "data/make_files.hpp"
#include "experiment/program_options.hpp"
#include "train/training_data.hpp"

namespace cnnctl::testing {
namespace {

constexpr const char* kPictures = R"(name: pictures
data:
  {format: image_folder, path: pictures, size: [7, 8], fit: cover, batch_size: 3,
   augment: [{random_crop: {size: 6}}, horizontal_flip]}
model:
  input: [3, 6, 6]
  layers:
    - conv2d: {name: conv, out_channels: 4, kernel_size: 3}
    - relu
    - flatten
    - linear: {name: fc, out_features: 2}
train: {epochs: 2}
)";

void write_pictures(const TemporaryFolder& folder) {
  for (const std::string split : {"train", "test"})
    for (std::uint32_t i = 0; i < 8; ++i) {
      const int level = static_cast<int>(20 * i + 5);
      folder.write("pictures/" + split + (i % 2 == 0 ? "/a/" : "/b/") + std::to_string(i) + ".png",
                   plain_png(5 + i, 12 - i, level, 255 - level, i % 2 == 0 ? 200 : 40));
    }
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("infer and eval make the same numbers of the same picture, bit for bit") {
    const TemporaryFolder folder;
    folder.write("pictures.yaml", kPictures);
    write_pictures(folder);
    const Finished trained = call(folder, {"train", "pictures.yaml", "--run-dir", "run"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);

    const cli::TrainedModel model = cli::open_trained(folder / "run", {"data.path=" + (folder / "pictures")});
    CHECK(model.pipeline().picture == Shape{3, 7, 8});
    CHECK(model.pipeline().input == Shape{3, 6, 6});
    const Workers workers(2);
    const std::unique_ptr<Samples> samples = load_split(model.experiment, Split::test, model.info.class_names, workers);
    Loader loader(*samples, all_indices(samples->count()), model.pipeline(), {.batch_size = 8, .augment = {}});
    Program program(*model.network, workers, program_options(model.experiment.settings, Mode::infer, 8));
    program.refresh();
    loader.place("image", program.input().data);
    REQUIRE(loader.fill(workers, 0).n() == 8);
    const ConstView outputs = program.forward(8);
    const std::vector<real> evaluated(outputs.data, outputs.data + 16);

    cli::Predictor predictor(model, workers, 3);
    for (std::int64_t i = 0; i < 8; ++i) {
      const std::vector<cli::Row> rows = predictor.pictures({predictor.read(samples->name(i))});
      CHECK(rows == std::vector<cli::Row>{
                        {evaluated[static_cast<std::size_t>(2 * i)], evaluated[static_cast<std::size_t>(2 * i + 1)]}});
    }
  }

  TEST_CASE("a checkpoint from before pipelines stretches pictures to the network's input") {
    const TemporaryFolder folder;
    folder.write("tiny.yaml", kTinyConfig);
    REQUIRE(call(folder, {"train", "tiny.yaml", "--run-dir", "run", "train.epochs=1"}).code == 0);
    const Safetensors file = Safetensors::open(folder / "run/checkpoints/last.safetensors");
    Metadata metadata = file.metadata();
    CHECK(metadata.erase("cnnctl.pipeline") == 1);
    metadata.erase(std::string(kChecksumKey));
    std::vector<TensorToWrite> tensors;
    for (const TensorEntry& entry : file.tensors()) tensors.push_back(copy_of(file, entry));
    write_safetensors(folder / "old.safetensors", metadata, tensors);

    const cli::TrainedModel old = cli::open_trained(folder / "old.safetensors", {});
    const cli::TrainedModel now = cli::open_trained(folder / "run/checkpoints/last.safetensors", {});
    Pipeline then = now.pipeline();
    then.orientation = Orientation::ignore;
    CHECK(old.pipeline() == then);
    CHECK(old.pipeline().picture == Shape{1, 8, 8});
    folder.write("grey.png", plain_png(11, 5, 90, 90, 90));
    const Finished a = call(folder, {"infer", "old.safetensors", "grey.png"});
    CHECK_MESSAGE(a.code == 0, a.err);
    CHECK(a.out == call(folder, {"infer", "run/checkpoints/last.safetensors", "grey.png"}).out);
  }

  TEST_CASE("pictures that are read for each batch: any cache, any number of threads and any interruption, same bits") {
    const TemporaryFolder folder;
    folder.write("pictures.yaml", kPictures);
    write_pictures(folder);
    std::string whole;
    for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
             {"data.cache=1GiB"}, {"data.cache=0"}, {"data.cache=700", "--threads", "1"}, {"--threads", "3"}}) {
      std::vector<std::string> arguments = {"train", "pictures.yaml", "--run-dir", "run", "data.validation=0.3"};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const Finished trained = call(folder, arguments);
      REQUIRE_MESSAGE(trained.code == 0, trained.err);
      const std::string csv = read_file(folder / "run/metrics.csv");
      const std::string hash = csv.substr(csv.rfind(','));
      if (whole.empty()) whole = hash;
      CHECK(hash == whole);
      std::filesystem::remove_all(folder / "run");
    }
  }

  TEST_CASE("a damaged picture ends training with its name when its batch comes, and exit code 4") {
    const TemporaryFolder folder;
    folder.write("pictures.yaml", kPictures);
    write_pictures(folder);
    folder.write("pictures/train/b/3.png", "\x89PNG\r\n\x1a\n garbage");
    const Finished failed =
        call(folder, {"train", "pictures.yaml", "--run-dir", "run", "data.normalize=none", "data.cache=0"});
    CHECK(failed.code == 4);
    CHECK(failed.err.find("pictures/train/b/3.png: error: incomplete PNG: ends at byte 16") != std::string::npos);
    const Finished skipped = call(folder, {"train", "pictures.yaml", "--run-dir", "other", "data.on_bad_sample=skip"});
    CHECK_MESSAGE(skipped.code == 0, skipped.err);
    CHECK(skipped.err.find("incomplete PNG: ends at byte 16 (left out)") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
