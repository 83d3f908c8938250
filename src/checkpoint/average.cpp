// average of checkpoint.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/error.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/info.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {
namespace {

/// The tensors of the model; what belongs to the training is left out.
std::vector<const TensorEntry*> model_of(const Safetensors& file) {
  const bool ours = is_ours(file);
  std::vector<const TensorEntry*> model;
  for (const TensorEntry& entry : file.tensors())
    if (!ours || !is_state_name(entry.name)) model.push_back(&entry);
  return model;
}

const TensorEntry* find(const std::vector<const TensorEntry*>& model, std::string_view name) {
  const auto found =
      std::ranges::lower_bound(model, name, {}, [](const TensorEntry* e) -> std::string_view { return e->name; });
  return found != model.end() && (*found)->name == name ? *found : nullptr;
}

/// Throws unless the file has the tensors of the last one.
void require_alike(const Safetensors& file, const Safetensors& last) {
  const std::vector<const TensorEntry*> own = model_of(file), wanted = model_of(last);
  std::vector<std::string> missing, unexpected, other;
  for (const TensorEntry* entry : wanted) {
    const TensorEntry* const here = find(own, entry->name);
    if (here == nullptr)
      missing.push_back(entry->name);
    else if (here->shape != entry->shape || here->is_float() != entry->is_float())
      other.push_back(fmt::format("{}: {} {} here, {} {} there", entry->name, here->dtype, here->shape_str(),
                                  entry->dtype, entry->shape_str()));
  }
  for (const TensorEntry* entry : own)
    if (find(wanted, entry->name) == nullptr) unexpected.push_back(entry->name);
  std::string message;
  if (!missing.empty()) message += "\n  missing here: " + first_few(missing);
  if (!unexpected.empty()) message += "\n  only here: " + first_few(unexpected);
  if (!other.empty()) message += "\n  other shape or type: " + first_few(other, "; ");
  if (!message.empty()) throw CheckpointError(file.path(), fmt::format("has no mean with {}{}", last.path(), message));
  if (!is_ours(file) || !is_ours(last)) return;
  const CheckpointInfo a = info_of(file), b = info_of(last);
  if (a.class_names != b.class_names || a.pipeline != b.pipeline)
    throw CheckpointError(file.path(), fmt::format("was trained for other classes or on pictures prepared otherwise "
                                                   "than {}",
                                                   last.path()));
}

template <class T>
std::string bytes_of_values(std::span<const double> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::copy_n(reinterpret_cast<const char*>(&value), sizeof(T), bytes.data() + i * sizeof(T));
  }
  return bytes;
}

std::vector<double> mean_of(std::span<const Safetensors> files, std::string_view name) {
  std::vector<double> mean;
  for (const Safetensors& file : files) {
    const std::vector<double> values = file.doubles(*file.find(name));
    const std::int64_t odd = std::ranges::count_if(values, [](double v) { return !std::isfinite(v); });
    if (odd > 0) throw CheckpointError(file.path(), nonfinite_message(odd, name));
    mean.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) mean[i] += values[i];
  }
  for (double& value : mean) value /= static_cast<double>(files.size());
  return mean;
}

}  // namespace

void average(std::span<const std::string> paths, const std::string& output) {
  CNNCTL_CHECK(paths.size() >= 2);
  std::vector<Safetensors> files;
  for (const std::string& path : paths) files.push_back(Safetensors::open(path));
  const Safetensors& last = files.back();
  for (const Safetensors& file : files) require_alike(file, last);

  const std::vector<const TensorEntry*> model = model_of(last);
  std::vector<std::string> bytes;
  std::vector<TensorToWrite> tensors;
  bytes.reserve(model.size());
  for (const TensorEntry* entry : model) {
    const bool wide = entry->dtype == "F64";
    if (!entry->is_float())
      bytes.push_back(last.bytes(*entry));
    else if (wide)
      bytes.push_back(bytes_of_values<double>(mean_of(files, entry->name)));
    else
      bytes.push_back(bytes_of_values<float>(mean_of(files, entry->name)));
    tensors.push_back({entry->name, !entry->is_float() || wide ? entry->dtype : "F32", entry->shape, bytes.back()});
  }
  Metadata metadata{{"format", "pt"}};
  if (is_ours(last)) {
    CheckpointInfo info = info_of(last);
    info.metrics = "{}";
    metadata = to_metadata(info);
  }
  write_safetensors(output, std::move(metadata), std::move(tensors));
}

}  // namespace cnnctl
