// find_checkpoint, inspect and verify of checkpoint.hpp.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/info.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {
namespace {

TensorSummary summary_of(const Safetensors& file, const TensorEntry& entry) {
  TensorSummary summary;
  summary.name = entry.name;
  summary.dtype = entry.dtype;
  summary.shape = entry.shape;
  summary.count = entry.count();
  summary.bytes = entry.end - entry.begin;
  if (!entry.is_float()) {
    summary.is_read = is_whole(entry.dtype);
    summary.whole = whole_numbers(entry.dtype, file.bytes(entry));
    if (summary.whole) {
      summary.least = std::stod(summary.whole->least);
      summary.largest = std::stod(summary.whole->largest);
      summary.mean = summary.whole->mean;
    }
    return summary;
  }
  const bool positive = is_variance(entry.name);
  double sum = 0;
  std::int64_t finite = 0;
  file.each_piece(entry, [&](std::span<const double> values) {
    for (const double value : values) {
      if (!std::isfinite(value)) {
        ++summary.nonfinite;
        continue;
      }
      summary.negative += positive && value < 0;
      summary.least = finite == 0 ? value : std::min(summary.least, value);
      summary.largest = finite == 0 ? value : std::max(summary.largest, value);
      sum += value;
      ++finite;
    }
  });
  if (finite > 0) summary.mean = sum / static_cast<double>(finite);
  return summary;
}

}  // namespace

CheckpointSummary inspect(const std::string& path) {
  const Safetensors file = Safetensors::open(path);
  CheckpointSummary summary;
  summary.file_bytes = file.file_bytes();
  summary.has_checksum = file.metadata().contains(std::string(kChecksumKey));
  const bool ours = is_ours(file);
  if (ours) summary.info = info_of(file);
  for (const TensorEntry& entry : file.tensors()) {
    summary.tensors.push_back(summary_of(file, entry));
    summary.nonfinite += summary.tensors.back().nonfinite;
    if (!ours || !is_state_name(entry.name)) summary.parameters += entry.count();
  }
  return summary;
}

CheckpointSummary verify(const std::string& path) {
  CheckpointSummary summary = inspect(path);
  for (const TensorSummary& tensor : summary.tensors)
    if (tensor.nonfinite > 0) throw CheckpointError(path, nonfinite_message(summary.nonfinite, tensor.name));
  for (const TensorSummary& tensor : summary.tensors)
    if (tensor.negative > 0)
      throw CheckpointError(path, negative_message(tensor.negative, tensor.count, tensor.name, tensor.least));
  return summary;
}

std::string find_checkpoint(const std::string& path) {
  if (!exists(path)) throw CheckpointError(path, "no such file or folder");
  if (!is_directory(path)) return path;
  for (const char* folder : {"checkpoints", "."})
    for (const char* name : {"best.safetensors", "last.safetensors"}) {
      const std::string file = (std::filesystem::path(path) / folder / name).lexically_normal().string();
      if (exists(file)) return file;
    }
  throw CheckpointError(path,
                        "no checkpoint in this folder: expected checkpoints/best.safetensors or last.safetensors");
}

}  // namespace cnnctl
