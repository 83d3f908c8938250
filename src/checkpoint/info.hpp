// CheckpointInfo as metadata of a file, and back. Knows the keys under "cnnctl."; knows no tensor.
#pragma once

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {

/// Every number survives the way there and back exactly.
Metadata to_metadata(const CheckpointInfo& info);

/// Whether cnnctl wrote the file. Throws CheckpointError if it was a version newer than this one can read.
bool is_ours(const Safetensors& file);

/// Throws CheckpointError for a file of another program and for metadata that makes no sense.
CheckpointInfo info_of(const Safetensors& file);

}  // namespace cnnctl
