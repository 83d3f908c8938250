#include "data/subset.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/error.hpp"

namespace cnnctl {
namespace {

class Subset final : public SamplesOver {
 public:
  Subset(std::unique_ptr<Samples> samples, std::vector<std::uint32_t> numbers, std::vector<std::string> warnings)
      : SamplesOver(std::move(samples)), numbers_(std::move(numbers)), warnings_(std::move(warnings)) {}

  std::int64_t count() const override { return static_cast<std::int64_t>(numbers_.size()); }
  void read(std::int64_t i, Sample& to) const override { samples_->read(at(i), to); }
  std::uint64_t resident_bytes() const override {
    return samples_->resident_bytes() + numbers_.size() * sizeof numbers_[0];
  }
  std::int32_t stratum(std::int64_t i) const override { return samples_->stratum(at(i)); }
  std::string name(std::int64_t i) const override { return samples_->name(at(i)); }
  std::string key(std::int64_t i) const override { return samples_->key(at(i)); }
  Mark mark(std::int64_t i) const override { return samples_->mark(at(i)); }
  Mark contents(std::int64_t i) const override { return samples_->contents(at(i)); }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  std::int64_t at(std::int64_t i) const { return numbers_[static_cast<std::size_t>(i)]; }

  std::vector<std::uint32_t> numbers_;  // that are left
  std::vector<std::string> warnings_;
};

/// Throws DataError if a class had samples, and has none among those that are left.
void require_every_class(const Samples& samples, const std::vector<std::uint32_t>& left) {
  const std::vector<std::string>& names = samples.spec().class_names;
  if (names.empty()) return;
  std::vector<std::uint8_t> kept(names.size());
  for (const std::uint32_t i : left) kept[static_cast<std::size_t>(samples.stratum(i))] = 1;
  for (std::int64_t i = 0; i < samples.count(); ++i)
    if (const auto label = static_cast<std::size_t>(samples.stratum(i)); kept[label] == 0)
      throw DataError(samples.name(i),
                      fmt::format("cannot be read, and class '{}' has no other sample that can", names[label]));
}

}  // namespace

std::unique_ptr<Samples> leave_out_bad(std::unique_ptr<Samples> samples, const Workers& workers) {
  std::vector<std::string> mistakes(static_cast<std::size_t>(samples->count()));
  std::vector<Sample> room(static_cast<std::size_t>(workers.count()));
  workers.run(samples->count(), [&](std::int64_t i, int worker) {
    try {
      samples->read(i, room[static_cast<std::size_t>(worker)]);
    } catch (const DataError& error) {
      mistakes[static_cast<std::size_t>(i)] = error.what();
    }
  });
  std::vector<std::uint32_t> good;
  std::vector<std::string> warnings = samples->warnings();
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    if (mistakes[i].empty())
      good.push_back(static_cast<std::uint32_t>(i));
    else
      warnings.push_back(mistakes[i] + " (left out)");
  }
  if (good.empty()) throw DataError(samples->name(0), "cannot be read, nor can any of the other samples");
  if (good.size() == mistakes.size()) return samples;
  require_every_class(*samples, good);
  return std::make_unique<Subset>(std::move(samples), std::move(good), std::move(warnings));
}

}  // namespace cnnctl
