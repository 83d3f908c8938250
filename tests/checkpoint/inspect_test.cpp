#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/small_network.hpp"

using cnnctl::testing::bearers;
using cnnctl::testing::bytes_of;
using cnnctl::testing::fill;
using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// A file with one tensor of floats.
std::string one_tensor(const TemporaryFolder& folder, const std::string& name, const std::vector<float>& values) {
  const std::string bytes = bytes_of(values);
  write_safetensors(folder / name, {}, {{"w", "F32", {static_cast<std::int64_t>(values.size())}, bytes}});
  return folder / name;
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("inspect: a training state, its parameters counted without the optimizer's arrays") {
    const TemporaryFolder folder;
    Network network = bearers({"a", "b"});
    fill(network, 0);
    std::vector<real> momentum(static_cast<std::size_t>(network.flat_size()));
    const NamedState states[] = {{"momentum", momentum.data()}};
    CheckpointInfo info;
    info.config = "name: x\n";
    save_state(folder / "s", network, states, info);
    const CheckpointSummary summary = inspect(folder / "s");
    CHECK(summary.has_checksum);
    CHECK(summary.file_bytes == read_file(folder / "s").size());
    REQUIRE(summary.info.has_value());
    CHECK(summary.info->config == "name: x\n");
    CHECK(summary.parameters == 2 * (6 + 2 + 2));
    CHECK(summary.nonfinite == 0);
    REQUIRE(summary.tensors.size() == 6 + 4);
    const TensorSummary& weight = summary.tensors[2];
    CHECK(weight.name == "a.weight");
    CHECK(weight.shape == std::vector<std::int64_t>{2, 3});
    CHECK(weight.count == 6);
    CHECK(weight.bytes == 6 * sizeof(real));
    CHECK(weight.least == doctest::Approx(0.1));
    CHECK(weight.largest == doctest::Approx(0.6));
    CHECK(weight.mean == doctest::Approx(0.35));
    CHECK_NOTHROW(verify(folder / "s"));
  }

  TEST_CASE("inspect: what is not finite is counted, and refused by verify") {
    const TemporaryFolder folder;
    const float infinity = std::numeric_limits<float>::infinity();
    const CheckpointSummary summary = inspect(one_tensor(folder, "f", {-infinity, 4, std::nanf(""), -2}));
    CHECK(!summary.info.has_value());
    CHECK(summary.nonfinite == 2);
    CHECK(summary.tensors[0].least == -2);
    CHECK(summary.tensors[0].largest == 4);
    CHECK(summary.tensors[0].mean == 1);
    CHECK(message_of<CheckpointError>([&] { verify(folder / "f"); }) ==
          folder / "f" + ": error: holds 2 values that are not finite, the first in 'w'");
  }

  TEST_CASE("inspect: whole numbers are told exactly, and types that are not read are not vouched for") {
    const TemporaryFolder folder;
    const std::string longs = bytes_of(std::vector<std::int64_t>{7, -9007199254740993, 9007199254740993});
    const std::string most = bytes_of(std::vector<std::uint64_t>{18446744073709551615u});
    const std::string truths = bytes_of(std::vector<std::uint8_t>{1, 0, 1, 1}), eighths(3, '\x7f');
    write_safetensors(folder / "f", {},
                      {{"a", "I64", {3}, longs},
                       {"b", "U64", {1}, most},
                       {"c", "BOOL", {4}, truths},
                       {"d", "I32", {0}, ""},
                       {"e", "F8_E4M3", {3}, eighths}});
    const CheckpointSummary summary = verify(folder / "f");
    REQUIRE(summary.tensors.size() == 5);
    CHECK(summary.tensors[0].whole->least == "-9007199254740993");
    CHECK(summary.tensors[0].whole->largest == "9007199254740993");
    CHECK(summary.tensors[0].mean == doctest::Approx(7.0 / 3));
    CHECK(summary.tensors[1].whole->largest == "18446744073709551615");
    CHECK(summary.tensors[2].whole->least == "0");
    CHECK(summary.tensors[2].mean == 0.75);
    CHECK_FALSE(summary.tensors[3].whole.has_value());
    for (std::size_t i = 0; i < 4; ++i) CHECK(summary.tensors[i].is_read);
    CHECK_FALSE(summary.tensors[4].is_read);
  }

  TEST_CASE("verify: a variance below zero is refused by name, wherever one is kept") {
    const TemporaryFolder folder;
    const std::string values = bytes_of(std::vector<float>{1, -0.25F, 2, -3});
    for (const std::string name : {"running_var", "layer1.bn.running_var", "optimizer.exp_avg_sq.fc.weight",
                                   "optimizer.square_avg.fc.weight", "optimizer.sum.fc.weight"}) {
      write_safetensors(folder / "f", {}, {{name, "F32", {4}, values}});
      CHECK(message_of<CheckpointError>([&] { verify(folder / "f"); }) ==
            folder / "f" + ": error: '" + name +
                "' holds 2 negative values of 4, the least -3: a variance is never negative");
    }
    for (const char* name : {"running_mean", "fc.running_variety", "optimizer.exp_avg.fc.weight", "sum.weight"}) {
      write_safetensors(folder / "f", {}, {{name, "F32", {4}, values}});
      CHECK_NOTHROW(verify(folder / "f"));
    }
  }

  TEST_CASE("inspect: a flipped bit in a weight is found") {
    const TemporaryFolder folder;
    std::string bytes = read_file(one_tensor(folder, "f", {1, 2, 3}));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    folder.write("g", bytes);
    CHECK(message_of<CheckpointError>([&] { verify(folder / "g"); }) ==
          folder / "g" +
              ": error: broken safetensors file: the checksum does not match: the file was damaged or changed after "
              "cnnctl wrote it");
  }

  TEST_CASE("find: a file is itself, a run folder its best or last checkpoint") {
    const TemporaryFolder folder;
    const std::string last = folder.write("run/checkpoints/last.safetensors", "");
    CHECK(find_checkpoint(folder / "run") == last);
    CHECK(find_checkpoint(folder / "run/") == last);
    CHECK(find_checkpoint(folder / "run/checkpoints") == last);
    const std::string best = folder.write("run/checkpoints/best.safetensors", "");
    CHECK(find_checkpoint(folder / "run") == best);
    CHECK(find_checkpoint(last) == last);
    std::filesystem::remove(best);
    std::filesystem::create_symlink("best.safetensors", best);  // the last one is not to be taken for it
    CHECK(message_of<IoError>([&] { find_checkpoint(folder / "run"); }) ==
          best + ": error: cannot look at it: Too many levels of symbolic links");
    CHECK(message_of<CheckpointError>([&] { find_checkpoint(folder.path()); }) ==
          folder.path() +
              ": error: no checkpoint in this folder: expected checkpoints/best.safetensors or last.safetensors");
    CHECK(message_of<CheckpointError>([&] { find_checkpoint(folder / "none"); }) ==
          folder / "none" + ": error: no such file or folder");
  }

  TEST_CASE("diff: equal, different, and by how much") {
    const TemporaryFolder folder;
    const std::string a = one_tensor(folder, "a", {1, -4, 3, 0}), b = one_tensor(folder, "b", {1, -4.5f, 3, -0.0f});
    CHECK(diff(a, a)[0].what == "equal");
    CHECK(diff(a, a)[0].count == 0);
    const std::vector<TensorDifference> differences = diff(a, b);
    REQUIRE(differences.size() == 1);
    CHECK(differences[0].name == "w");
    CHECK(differences[0].what == "different");
    CHECK(differences[0].largest == 0.5);
    CHECK(differences[0].relative == 0.125);
    CHECK(differences[0].count == 2);  // zero and minus zero are not the same bits
    CHECK(differences[0].first == 1);
  }

  TEST_CASE("diff: a value that is not finite is infinitely far, unless both are the same") {
    const TemporaryFolder folder;
    const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
    const std::string a = one_tensor(folder, "a", {nan, infinity, 1}), b = one_tensor(folder, "b", {nan, infinity, 2}),
                      c = one_tensor(folder, "c", {nan, infinity, nan});
    CHECK(diff(a, b)[0].largest == 1);
    CHECK(diff(a, c)[0].largest == infinity);
  }

  TEST_CASE("diff: tensors of one file only, of other shapes and other types") {
    const TemporaryFolder folder;
    const std::string four = bytes_of<float>({1, 2, 3, 4}), two = bytes_of<float>({1, 2});
    write_safetensors(folder / "a", {},
                      {{"both", "F32", {2, 2}, four}, {"left", "F32", {2}, two}, {"type", "F32", {2}, two}});
    write_safetensors(folder / "b", {},
                      {{"both", "F32", {4}, four}, {"right", "F32", {2}, two}, {"type", "I32", {2}, two}});
    std::string text;
    for (const TensorDifference& d : diff(folder / "a", folder / "b")) text += d.name + ": " + d.what + "\n";
    CHECK(text == "both: other shape\nleft: only in the first\nright: only in the second\ntype: other type\n");
  }
}
}  // namespace cnnctl
