// Pictures as a camera keeps them: turned by EXIF in training and inference alike, and cut from 16 bits with a warning.
#include <doctest/doctest.h>

#include "base/file.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"
#include "cli/binary.hpp"
#include "data/exif_files.hpp"
#include "data/make_files.hpp"

namespace cnnctl::testing {
namespace {

using namespace std::literals;

constexpr const char* kTurned = R"(name: turned
data: {format: image_folder, path: photos, channels: 1, batch_size: 2}
model: {input: [1, 3, 2], layers: [flatten, linear: 2]}
train: {epochs: 1}
)";

/// 2 rows of 3 pixels, which an orientation of 6 shows as 3 rows of 2.
std::string photo(int first, bool turned = true) {
  std::string rows = "\0\0\x14\x28\0\x3c\x50\x64"s;
  rows[1] = static_cast<char>(first);
  return png({3, 2, 8, 0}, rows, turned ? png_chunk("eXIf", exif_block(6, true)) : "");
}

/// The same as it is seen: (row 1, row 0) of each column.
std::string seen(int first) {
  std::string rows = "\0\x3c\0\0\x50\x14\0\x64\x28"s;
  rows[2] = static_cast<char>(first);
  return png({2, 3, 8, 0}, rows);
}

void write_photos(const TemporaryFolder& folder) {
  folder.write("turned.yaml", kTurned);
  for (const std::string split : {"train", "test"})
    for (int i = 0; i < 4; ++i)
      folder.write("photos/" + split + (i % 2 == 0 ? "/a/" : "/b/") + std::to_string(i) + ".png", photo(60 * i));
}

/// Everything behind the file's name.
std::string answer(const Finished& inferred) {
  REQUIRE_MESSAGE(inferred.code == 0, inferred.err);
  return inferred.out.substr(inferred.out.find(':'));
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("pictures are turned as their camera was held, in training, evaluation and inference") {
    const TemporaryFolder folder;
    write_photos(folder);
    REQUIRE(call(folder, {"train", "turned.yaml", "--run-dir", "run"}).code == 0);
    CHECK(call(folder, {"eval", "run"}).code == 0);
    folder.write("a.png", photo(99));
    folder.write("b.png", seen(99));
    CHECK(answer(call(folder, {"infer", "run", "a.png"})) == answer(call(folder, {"infer", "run", "b.png"})));
    folder.write("c.png", photo(99, false));  // 2x3: inference scales it, to something else
    CHECK(answer(call(folder, {"infer", "run", "a.png"})) != answer(call(folder, {"infer", "run", "c.png"})));
    // As stored they are scaled to what the model takes; where that is said otherwise, they do not fit it.
    CHECK(call(folder, {"train", "turned.yaml", "data.orientation=ignore"}).code == 0);
    CHECK(call(folder, {"train", "turned.yaml", "data.orientation=ignore", "data.size=[2, 3]"}).code == 3);
  }

  TEST_CASE("data.orientation: ignore is kept for inference, and is what checkpoints from before it mean") {
    const TemporaryFolder folder;
    write_photos(folder);
    const Finished trained =
        call(folder, {"train", "turned.yaml", "data.orientation=ignore", "model.input=[1, 2, 3]", "--run-dir", "run"});
    REQUIRE_MESSAGE(trained.code == 0, trained.err);
    folder.write("a.png", photo(99));
    folder.write("b.png", photo(99, false));
    const std::string stored = answer(call(folder, {"infer", "run", "b.png"}));
    CHECK(answer(call(folder, {"infer", "run", "a.png"})) == stored);

    const Safetensors file = Safetensors::open(folder / "run/checkpoints/best.safetensors");
    Metadata metadata = file.metadata();
    metadata.erase(std::string(kChecksumKey));
    const auto erase = [&metadata](const std::string& key, const std::string& text) {
      std::string& value = metadata.at(key);
      REQUIRE(value.find(text) != std::string::npos);
      value.erase(value.find(text), text.size());
    };
    erase("cnnctl.pipeline", "\"orientation\":\"ignore\",");
    erase("cnnctl.config", "  orientation: ignore\n");
    std::vector<TensorToWrite> tensors;
    for (const TensorEntry& entry : file.tensors()) tensors.push_back(copy_of(file, entry));
    write_safetensors(folder / "old.safetensors", metadata, tensors);
    CHECK(answer(call(folder, {"infer", "old.safetensors", "a.png"})) == stored);
    const Finished now = call(folder, {"eval", "run"});
    const Finished then = call(folder, {"eval", "old.safetensors", "data.path=" + (folder / "photos")});
    REQUIRE_MESSAGE(then.code == 0, then.err);
    CHECK(then.out.substr(then.out.find("split")) == now.out.substr(now.out.find("split")));
  }

  TEST_CASE("pictures of 16 bits a sample are counted in one warning") {
    const TemporaryFolder folder;
    folder.write("deep.yaml", kTurned);
    for (const std::string split : {"train", "test"})
      for (int i = 0; i < 4; ++i) {
        const std::string rows = "\0\x01\x02\x03\x04\0\x05\x06\x07\x08\0\x09\x0a\x0b\x0c"s;
        folder.write("photos/" + split + (i % 2 == 0 ? "/a/" : "/b/") + std::to_string(i) + ".png",
                     i < 3 ? png({2, 3, 16, 0}, rows) : seen(i));
      }
    for (const std::string normalize : {"auto", "none"}) {
      const Finished trained = call(folder, {"train", "deep.yaml", "train.epochs=2", "data.normalize=" + normalize});
      CHECK(trained.code == 0);
      const std::string warning =
          "photos/train: 3 of 4 pictures have 16 bits a sample, of which the upper 8 are used; data.depth=16 uses all";
      const std::size_t first = trained.err.find(warning);
      CHECK(first != std::string::npos);
      CHECK(trained.err.find(warning, first + 1) == std::string::npos);
    }
  }

  TEST_CASE("data.depth: 16 keeps the levels of 16 bits, in training, evaluation and inference") {
    const TemporaryFolder folder;
    folder.write("deep.yaml", kTurned);
    const auto dark = [](int level) {  // the upper 8 bits of all samples are 0
      std::string rows;
      for (int y = 0; y < 3; ++y) {
        rows += '\0';
        for (int x = 0; x < 2; ++x) rows += {'\0', static_cast<char>(level + x + y)};
      }
      return png({2, 3, 16, 0}, rows);
    };
    for (const std::string split : {"train", "test"})
      for (int i = 0; i < 8; ++i)
        folder.write("photos/" + split + (i % 2 == 0 ? "/a/" : "/b/") + std::to_string(i) + ".png",
                     dark(i % 2 == 0 ? 10 + i : 200 + i));
    const auto accuracy = [&](const std::string& depth) {
      const Finished trained = call(folder, {"train", "deep.yaml", "train.epochs=40", "data.depth=" + depth,
                                             "optimizer={type: sgd, lr: 0.1}", "--run-dir", depth});
      REQUIRE_MESSAGE(trained.code == 0, trained.err);
      CHECK((trained.err.find("have 16 bits") != std::string::npos) == (depth == "8"));
      return call(folder, {"eval", depth}).out;
    };
    CHECK(accuracy("8").find("top-1       50.00 %") != std::string::npos);
    CHECK(accuracy("16").find("top-1       100.00 %") != std::string::npos);
    folder.write("a.png", dark(12));
    folder.write("b.png", dark(203));
    const Finished told = call(folder, {"infer", "16", "a.png", "b.png", "--format", "csv", "--top-k", "1"});
    CHECK(told.out.find("a.png,1,a,") != std::string::npos);
    CHECK(told.out.find("b.png,1,b,") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
