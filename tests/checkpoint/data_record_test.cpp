#include "checkpoint/data_record.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"

namespace cnnctl::testing {
namespace {

DataRecord some_record() {
  DataRecord record;
  record.train = {std::string("a/1\0b/\xff\0b/2\0", 12), {Mark::of_size(7), Mark::of_hash(123), Mark::of_hash(0)}};
  record.held_back = {0, 2};
  record.validation = SetRecord{"", {Mark::of_hash(5)}};
  return record;
}

std::optional<DataRecord> there_and_back(const TemporaryFolder& folder, const DataRecord& record) {
  std::vector<TensorToWrite> tensors;
  add_record(record, tensors);
  write_safetensors(folder / "r.safetensors", {}, std::move(tensors));
  return record_in(Safetensors::open(folder / "r.safetensors"));
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("a record of the data comes back as it was") {
    const TemporaryFolder folder;
    DataRecord record = some_record();
    CHECK(there_and_back(folder, record) == record);
    record.validation.reset();
    record.held_back.clear();
    CHECK(there_and_back(folder, record) == record);
    write_safetensors(folder / "none", {}, {});
    CHECK(record_in(Safetensors::open(folder / "none")) == std::nullopt);
  }

  TEST_CASE("a record that contradicts itself is an error") {
    const TemporaryFolder folder;
    const auto complaint = [&](const DataRecord& record) {
      return message_of<CheckpointError>([&] { there_and_back(folder, record); });
    };
    DataRecord record = some_record();
    record.held_back = {0, 3};
    CHECK(complaint(record).ends_with("tensor 'data.held_back' holds 3, expected ascending numbers below 3"));
    record.held_back = {1, 1};
    CHECK(complaint(record).ends_with("holds 1, expected ascending numbers below 3"));
    record.held_back = {-1};
    CHECK(complaint(record).ends_with("holds -1, expected ascending numbers below 3"));
    record = some_record();
    record.train.keys.resize(8);
    CHECK(complaint(record).ends_with("has 2 names of 3 samples"));
  }
}

}  // namespace cnnctl::testing
