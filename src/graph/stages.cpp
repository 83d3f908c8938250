#include "graph/stages.hpp"

#include <algorithm>

namespace cnnctl {
namespace {

constexpr std::int64_t kGroupBytes = 768 * 1024;  // of the largest value: a few such fit into a core's cache
constexpr std::int64_t kLeastGroups = 16;         // of a batch: enough for several workers
constexpr std::int64_t kEvenTiles = 3;            // groups of so many images fill whole blocks of Winograd tiles

/// Appends parts to stages.
class Builder {
 public:
  explicit Builder(std::size_t operations) : times_(operations) {}

  void add(std::size_t operation, const Plan& plan) {
    if (plan.gathers) {
      append({operation, true}, plan.by_sample);
      times_[operation].begin = last();
      open_ = false;
    }
    append({operation, false}, plan.by_sample);
    times_[operation].end = last();
    if (!plan.gathers) times_[operation].begin = last();
  }

  std::vector<Stage> stages;

  /// Times count from `zero` on.
  std::vector<Span> times(std::int64_t zero) const {
    std::vector<Span> all = times_;
    for (Span& span : all) span = {span.begin + zero, span.end + zero};
    return all;
  }

 private:
  std::int64_t last() const { return static_cast<std::int64_t>(stages.size()) - 1; }

  void append(const Part& part, bool by_sample) {
    if (!by_sample || !open_) stages.push_back({by_sample, {}});
    stages.back().parts.push_back(part);
    open_ = by_sample;
  }

  std::vector<Span> times_;
  bool open_ = false;  // the last stage is a chain that may go on
};

}  // namespace

Stages stages_of(const Operations& operations, const std::vector<bool>& backward) {
  const std::size_t count = operations.list.size();
  Builder forward(count), back(count);
  for (std::size_t i = 0; i < count; ++i) forward.add(i, operations.list[i].plan);
  for (std::size_t i = count; i-- > 0;)
    if (backward[i]) back.add(i, operations.list[i].plan);
  const auto loss = static_cast<std::int64_t>(forward.stages.size());
  return {forward.stages, back.stages, forward.times(0), back.times(loss + 1), loss};
}

std::int64_t group_size(const Operations& operations, std::int64_t batch) {
  std::int64_t largest = 1;
  for (const Value& value : operations.values) largest = std::max(largest, value.shape.count());
  const std::int64_t fit = kGroupBytes / (largest * static_cast<std::int64_t>(sizeof(float)));
  const std::int64_t group = std::clamp<std::int64_t>(fit, 1, std::max<std::int64_t>(1, batch / kLeastGroups));
  return group > kEvenTiles ? group / kEvenTiles * kEvenTiles : group;
}

}  // namespace cnnctl
