#include "checkpoint/data_record.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "checkpoint/info.hpp"
#include "checkpoint/names.hpp"

namespace cnnctl {
namespace {

template <class T>
void add(std::string_view name, const char* dtype, const T& values, std::vector<TensorToWrite>& tensors) {
  const auto bytes = std::as_bytes(std::span(values));
  tensors.push_back({std::string(name),
                     dtype,
                     {static_cast<std::int64_t>(values.size())},
                     {reinterpret_cast<const char*>(bytes.data()), bytes.size()}});
}

void add_set(std::string_view keys, std::string_view marks, const SetRecord& set, std::vector<TensorToWrite>& tensors) {
  add(marks, "I64", set.marks, tensors);
  if (!set.keys.empty()) add(keys, "U8", set.keys, tensors);
}

template <class T>
T values_of(const Safetensors& file, const TensorEntry& entry, std::string_view dtype) {
  if (entry.dtype != dtype || entry.shape.size() != 1)
    throw CheckpointError(file.path(), fmt::format("tensor '{}' is {} {}, expected a row of {}", entry.name,
                                                   entry.dtype, entry.shape_str(), dtype));
  T values;
  values.resize(static_cast<std::size_t>(entry.count()));
  const std::string bytes = file.bytes(entry);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

SetRecord set_in(const Safetensors& file, std::string_view keys, const TensorEntry& marks) {
  SetRecord set;
  set.marks = values_of<std::vector<Mark>>(file, marks, "I64");
  if (const TensorEntry* entry = file.find(keys)) set.keys = values_of<std::string>(file, *entry, "U8");
  const auto names = std::count(set.keys.begin(), set.keys.end(), '\0');
  if (!set.keys.empty() && names != marks.count())
    throw CheckpointError(file.path(), fmt::format("has {} names of {} samples", names, marks.count()));
  return set;
}

}  // namespace

void add_record(const DataRecord& record, std::vector<TensorToWrite>& tensors) {
  static_assert(sizeof(Mark) == sizeof(std::int64_t));
  add_set(kTrainKeys, kTrainMarks, record.train, tensors);
  add(kHeldBack, "I32", record.held_back, tensors);
  if (record.validation) add_set(kValidationKeys, kValidationMarks, *record.validation, tensors);
}

std::optional<DataRecord> record_in(const Safetensors& file) {
  const TensorEntry* const train = file.find(kTrainMarks);
  const TensorEntry* const held_back = file.find(kHeldBack);
  if (train == nullptr || held_back == nullptr) return std::nullopt;
  DataRecord record;
  record.train = set_in(file, kTrainKeys, *train);
  record.held_back = values_of<std::vector<std::int32_t>>(file, *held_back, "I32");
  std::int64_t least = 0;
  for (const std::int32_t i : record.held_back) {
    if (i < least || i >= train->count())
      throw CheckpointError(file.path(), fmt::format("tensor '{}' holds {}, expected ascending numbers below {}",
                                                     kHeldBack, i, train->count()));
    least = i + 1;
  }
  if (const TensorEntry* marks = file.find(kValidationMarks)) record.validation = set_in(file, kValidationKeys, *marks);
  return record;
}

SavedRun read_state(const std::string& path) {
  const Safetensors file = Safetensors::open(path);
  return {info_of(file), record_in(file)};
}

}  // namespace cnnctl
