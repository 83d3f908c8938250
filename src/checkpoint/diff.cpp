// diff of checkpoint.hpp.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <span>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {
namespace {

/// Counts the values of `size` bytes that differ, and finds the first.
void compare_bits(std::string_view a, std::string_view b, std::size_t size, TensorDifference& difference) {
  for (std::size_t i = 0; i < a.size(); i += size) {
    if (std::memcmp(a.data() + i, b.data() + i, size) == 0) continue;
    if (difference.count++ == 0) difference.first = static_cast<std::int64_t>(i / size);
  }
}

void compare_values(std::span<const double> a, std::span<const double> b, TensorDifference& difference) {
  double scale = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isfinite(a[i])) scale = std::max(scale, std::abs(a[i]));
    const bool both_finite = std::isfinite(a[i]) && std::isfinite(b[i]);
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]));
    const double distance = same ? 0 : both_finite ? std::abs(a[i] - b[i]) : std::numeric_limits<double>::infinity();
    difference.largest = std::max(difference.largest, distance);
  }
  if (difference.largest > 0) difference.relative = difference.largest / scale;
}

TensorDifference compare(const Safetensors& file_a, const TensorEntry& a, const Safetensors& file_b,
                         const TensorEntry& b) {
  TensorDifference difference{a.name, "equal"};
  if (a.shape != b.shape)
    difference.what = "other shape";
  else if (a.dtype != b.dtype)
    difference.what = "other type";
  if (difference.what != "equal" || file_a.bytes(a) == file_b.bytes(b)) return difference;
  difference.what = "different";
  const std::size_t value_bytes = (a.end - a.begin) / static_cast<std::size_t>(a.count());
  compare_bits(file_a.bytes(a), file_b.bytes(b), std::max<std::size_t>(value_bytes, 1), difference);
  if (a.is_float()) compare_values(file_a.doubles(a), file_b.doubles(b), difference);
  return difference;
}

}  // namespace

std::vector<TensorDifference> diff(const std::string& a, const std::string& b) {
  const Safetensors first = Safetensors::open(a), second = Safetensors::open(b);
  std::set<std::string_view> names;
  for (const TensorEntry& entry : first.tensors()) names.insert(entry.name);
  for (const TensorEntry& entry : second.tensors()) names.insert(entry.name);

  std::vector<TensorDifference> differences;
  for (const std::string_view name : names) {
    const TensorEntry *in_first = first.find(name), *in_second = second.find(name);
    if (in_first == nullptr)
      differences.push_back({std::string(name), "only in the second"});
    else if (in_second == nullptr)
      differences.push_back({std::string(name), "only in the first"});
    else
      differences.push_back(compare(first, *in_first, second, *in_second));
  }
  return differences;
}

}  // namespace cnnctl
