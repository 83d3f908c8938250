// A DataRecord as tensors of a training state, and back.
#pragma once

#include <optional>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/safetensors.hpp"
#include "data/record.hpp"

namespace cnnctl {

/// The record outlives the tensors.
void add_record(const DataRecord& record, std::vector<TensorToWrite>& tensors);

/// None in a file without. Throws CheckpointError for tensors that contradict each other.
std::optional<DataRecord> record_in(const Safetensors& file);

/// What a training state says before there is a network.
struct SavedRun {
  CheckpointInfo info;
  std::optional<DataRecord> data;  // none in states older than it
};
/// Throws CheckpointError.
SavedRun read_state(const std::string& path);

}  // namespace cnnctl
