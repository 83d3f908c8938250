#include "data/partition.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/rng.hpp"

namespace cnnctl {

Partition stratified_split(const Samples& samples, double validation_share, std::uint64_t seed) {
  CNNCTL_CHECK(validation_share >= 0 && validation_share < 1);
  std::vector<std::vector<std::uint32_t>> members;
  for (std::int64_t i = 0; i < samples.count(); ++i) {
    const auto stratum = static_cast<std::size_t>(samples.stratum(i));
    if (stratum >= members.size()) members.resize(stratum + 1);
    members[stratum].push_back(static_cast<std::uint32_t>(i));
  }
  Partition partition;
  for (std::size_t stratum = 0; stratum < members.size(); ++stratum) {
    const std::vector<std::uint32_t>& all = members[stratum];
    const auto count = static_cast<std::uint32_t>(all.size());
    const auto share = static_cast<std::uint32_t>(std::llround(validation_share * count));
    const std::uint32_t kept_back = count == 0 ? 0 : std::min(share, count - 1);
    const std::vector<std::uint32_t> order = permutation(count, seed, Purpose::split, stratum);
    for (std::uint32_t i = 0; i < count; ++i)
      (i < kept_back ? partition.validation : partition.train).push_back(all[order[i]]);
  }
  std::sort(partition.train.begin(), partition.train.end());
  std::sort(partition.validation.begin(), partition.validation.end());
  return partition;
}

}  // namespace cnnctl
