#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "configure.hpp"
#include "data/contents.hpp"
#include "data/dataset.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::Contents;
using cnnctl::testing::contents_of;
using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// One record: labels, then planes whose first pixels are 1, 2 and 3.
std::string record(std::string_view labels) {
  std::string bytes(labels);
  for (const char first : {'\1', '\2', '\3'}) bytes += first + std::string(1022, '\0') + '\x7f';
  return bytes;
}

Contents load(const TemporaryFolder& folder, Split split = Split::train, const std::string& more = "") {
  const std::string yaml = "{path: \"" + folder.path() + "\"" + more + "}";
  return contents_of(*configure(datasets(), "cifar", yaml)->open(split, Workers(1)));
}

std::string complaint(const TemporaryFolder& folder, Split split = Split::train) {
  return message_of<DataError>([&] { load(folder, split); });
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("cifar: ten classes, batches in natural order, planes become pixels") {
    const TemporaryFolder folder;
    folder.write("data_batch_10.bin", record("\4"));
    folder.write("data_batch_2.bin", record("\2") + record("\3"));
    folder.write("data_batch_1.bin", record("\1"));
    folder.write("test_batch.bin", record("\x09"));
    const Contents train = load(folder);
    CHECK(train.count == 4);
    CHECK(train.shape == Shape{3, 32, 32});
    CHECK(train.labels == std::vector<std::int32_t>{1, 2, 3, 4});
    CHECK(train.pixels.size() == 4 * 3072);
    CHECK(std::vector<std::uint8_t>(train.pixels.begin() + 3072, train.pixels.begin() + 3076) ==
          std::vector<std::uint8_t>{1, 2, 3, 0});
    CHECK(std::vector<std::uint8_t>(train.pixels.end() - 3, train.pixels.end()) == std::vector<std::uint8_t>(3, 127));
    CHECK(train.class_names[3] == "3");
    CHECK(train.warnings ==
          std::vector<std::string>{folder.path() + ": of CIFAR-10's five batches data_batch_3.bin, data_batch_4.bin, "
                                                   "data_batch_5.bin are missing"});
    CHECK(message_of<DataError>([&] { load(folder, Split::train, ", labels: coarse"); }) ==
          folder.path() + ": error: holds CIFAR-10, which has no coarse labels; leave labels out");
    CHECK(load(folder, Split::test).warnings.empty());
    folder.write("data_batch_3.bin", record("\1"));
    folder.write("data_batch_4.bin", record("\1"));
    CHECK(load(folder).warnings[0].ends_with("batches data_batch_5.bin is missing"));
    folder.write("data_batch_5.bin", record("\1"));
    CHECK(load(folder).warnings.empty());
    CHECK(load(folder, Split::test).labels == std::vector<std::int32_t>{9});

    folder.write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\r\n\n");
    CHECK(load(folder).class_names[9] == "j");
    folder.write("batches.meta.txt", "a\nb\n");
    CHECK(complaint(folder) == (folder / "batches.meta.txt") + ":2: error: has 2 names, expected 10");
    folder.write("batches.meta.txt",
                 "a\nb\nc\nd\ne\nf\ng\nh\ni\nK\xe4"
                 "fer\n");
    CHECK(complaint(folder) == (folder / "batches.meta.txt") +
                                   ":10: error: the class name 'K\\xe4fer' cannot be used: byte 1 (0xe4) is not UTF-8");
  }

  TEST_CASE("cifar: a hundred classes, or their twenty groups") {
    const TemporaryFolder folder;
    folder.write("train.bin", record("\x13\x63"));
    folder.write("test.bin", record("\1\2"));
    CHECK(load(folder).labels == std::vector<std::int32_t>{99});
    CHECK(load(folder).class_names.size() == 100);
    CHECK(load(folder).warnings.empty());
    CHECK(load(folder, Split::test, ", labels: coarse").labels == std::vector<std::int32_t>{1});
    CHECK(load(folder, Split::train, ", labels: coarse").class_names.size() == 20);
    folder.write("train.bin", record("\x14\x64"));
    CHECK(complaint(folder) == (folder / "train.bin") + ": error: label 100 at offset 1 is not below 100");
  }

  TEST_CASE("cifar: what does not fit is refused, with the reason") {
    const TemporaryFolder folder;
    CHECK(complaint(folder) == folder.path() + ": error: holds neither data_batch_1.bin nor train.bin");
    folder.write("data_batch_1.bin", record("\1") + record("\x0a"));
    CHECK(complaint(folder) == (folder / "data_batch_1.bin") + ": error: label 10 at offset 3073 is not below 10");
    CHECK(complaint(folder, Split::test) == (folder / "test_batch.bin") + ": error: there is no such file");
    for (const std::string& content : {std::string(), record("\1") + "x", record("\1").substr(1)}) {
      folder.write("data_batch_1.bin", content);
      CHECK(complaint(folder) ==
            (folder / "data_batch_1.bin") + ": error: holds " + std::to_string(content.size()) +
                " bytes, expected a multiple of 3073 (records of 1 label byte and 32x32x3 pixels)");
    }
  }
}
}  // namespace cnnctl
