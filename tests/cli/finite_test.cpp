// Numbers that are not finite, behind the training loop: each command says so, with the exit code of whose fault it is.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"
#include "cli/binary.hpp"
#include "data/npy.hpp"

namespace cnnctl::testing {
namespace {

/// Trains and returns the run's best checkpoint.
std::string trained(const TemporaryFolder& folder) {
  folder.write("tiny.yaml", kTinyConfig);
  REQUIRE(call(folder, {"train", "tiny.yaml", "train.epochs=1", "--run-dir", "run"}).code == 0);
  return folder / "run/checkpoints/best.safetensors";
}

/// The same checkpoint with values of one tensor replaced, its checksum included.
void rewrite(const std::string& from, const std::string& to, const std::string& name, real value) {
  const Safetensors file = Safetensors::open(from);
  Metadata metadata = file.metadata();
  metadata.erase(std::string(kChecksumKey));
  std::vector<TensorToWrite> tensors;
  std::string replaced;
  for (const TensorEntry& entry : file.tensors()) {
    tensors.push_back(copy_of(file, entry));
    if (entry.name != name) continue;
    replaced = bytes_of(std::vector<real>(static_cast<std::size_t>(entry.count()), value));
    tensors.back().bytes = replaced;
    tensors.back().read = {};
  }
  REQUIRE(!replaced.empty());
  write_safetensors(to, metadata, tensors);
}

}  // namespace

TEST_SUITE("cli") {
  TEST_CASE("infer: an array with a value that is not finite is named with its place, and others are done") {
    const TemporaryFolder folder;
    trained(folder);
    const std::vector<std::int64_t> shape = {3, 1, 8, 8};
    std::vector<float> values(3 * 64, 0.5F);
    write_npy(folder / "good.npy", shape, values);
    values[64 + 3 * 8 + 5] = -std::nanf("");
    values[130] = std::numeric_limits<float>::infinity();
    write_npy(folder / "bad.npy", shape, values);
    const Finished result = call(folder, {"infer", "run", "bad.npy", "good.npy"});
    CHECK(result.code == 4);
    CHECK(result.err == "bad.npy: error: 2 of 192 values are not finite, the first at [1, 0, 3, 5]: nan\n");
    CHECK(result.out.starts_with("good.npy[0]: "));
    CHECK(result.out.find("nan") == std::string::npos);
    CHECK(call(folder, {"infer", "run", "bad.npy", "--output", "out.npy"}).code == 4);
  }

  TEST_CASE("infer and eval: results that are not finite, of finite input, are a divergence") {
    const TemporaryFolder folder;
    const std::string best = trained(folder);
    rewrite(best, folder / "large.safetensors", "fc.weight", std::numeric_limits<real>::max() / 2);
    CHECK(call(folder, {"checkpoint", "verify", "large.safetensors"}).code == 0);
    write_npy(folder / "x.npy", std::vector<std::int64_t>{1, 1, 8, 8}, std::vector<float>(64, 9.0F));
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"infer", "large.safetensors", "x.npy"}, {"eval", "large.safetensors"}}) {
      const Finished result = call(folder, command);
      CHECK(result.code == 8);
      CHECK(result.err.find("not finite") != std::string::npos);
      CHECK((result.out + result.err).find("-nan") == std::string::npos);
      CHECK(result.out.empty());
    }
    CHECK(call(folder, {"infer", "large.safetensors", "x.npy"}).err.starts_with("cnnctl: error: x.npy[0]: "));
  }

  TEST_CASE("a negative running variance is refused by every door that weights come through") {
    const TemporaryFolder folder;
    rewrite(trained(folder), folder / "bad.safetensors", "bn.running_var", -1);
    const std::string message =
        "bad.safetensors: error: 'bn.running_var' holds 4 negative values of 4, the least -1: a variance is never "
        "negative\n";
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"checkpoint", "verify", "bad.safetensors"},
                                               {"eval", "bad.safetensors"},
                                               {"train", "tiny.yaml", "--init-from", "bad.safetensors"}}) {
      const Finished refused = call(folder, command);
      CHECK(refused.code == 5);
      CHECK(refused.err.ends_with(message));
    }
  }

  TEST_CASE("verify says what it did not read, inspect shows whole numbers") {
    const TemporaryFolder folder;
    const std::string eighths(2, '\x7f'), count = bytes_of(std::vector<std::int64_t>{1234567}),
                                          large = bytes_of(std::vector<std::int64_t>{-9007199254740993});
    write_safetensors(folder / "f", {},
                      {{"a", "F8_E4M3", {2}, eighths}, {"n", "I64", {}, count}, {"z", "I64", {1}, large}});
    CHECK(call(folder, {"checkpoint", "verify", "f"})
              .out.find(", the values of 2 finite; those of 1 not read, being of type F8_E4M3, checksum verified\n") !=
          std::string::npos);
    CHECK(call(folder, {"checkpoint", "verify", "f", "--format", "json"}).out.find("\"not_read\": [\n    \"a\"\n  ]") !=
          std::string::npos);
    const std::string text = call(folder, {"checkpoint", "inspect", "f"}).out;
    CHECK(text.find("not read\n") != std::string::npos);
    CHECK(text.find("  1234567  1.2e+06  1234567\n") != std::string::npos);
    CHECK(text.find(" -9e+15   -9e+15   -9e+15\n") != std::string::npos);
    const std::string json = call(folder, {"checkpoint", "inspect", "f", "--format", "json"}).out;
    CHECK(json.find("\"least\": -9007199254740993,") != std::string::npos);
    CHECK(json.find("\"least\": null,") != std::string::npos);
  }
}

}  // namespace cnnctl::testing
