#include "data/renamed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace cnnctl {
namespace {

class Renamed final : public Samples {
 public:
  Renamed(std::unique_ptr<Samples> samples, std::vector<std::int32_t> number, std::vector<std::string> class_names)
      : samples_(std::move(samples)), spec_(samples_->spec()), number_(std::move(number)) {
    spec_.class_names = std::move(class_names);
  }

  const SampleSpec& spec() const override { return spec_; }
  std::int64_t count() const override { return samples_->count(); }
  bool in_memory() const override { return samples_->in_memory(); }
  std::uint64_t resident_bytes() const override { return samples_->resident_bytes(); }
  std::uint64_t reading_bytes() const override { return samples_->reading_bytes(); }
  std::int32_t stratum(std::int64_t i) const override { return samples_->stratum(i); }
  std::string name(std::int64_t i) const override { return samples_->name(i); }
  std::vector<std::string> warnings() const override { return samples_->warnings(); }

  void read(std::int64_t i, Sample& to) const override {
    samples_->read(i, to);
    for (std::size_t c = 0; c < spec_.columns.size(); ++c) {
      if (spec_.columns[c].element != Element::i32) continue;
      const Shape shape = to.shape(c);
      const auto* const from = to.data<std::int32_t>(c);
      std::vector<std::uint8_t> renamed(static_cast<std::size_t>(shape.count()) * sizeof(std::int32_t));
      std::transform(from, from + shape.count(), reinterpret_cast<std::int32_t*>(renamed.data()),
                     [this](std::int32_t before) { return number_[static_cast<std::size_t>(before)]; });
      to.adopt(c, std::move(renamed), shape);
    }
  }

 private:
  std::unique_ptr<Samples> samples_;
  SampleSpec spec_;
  std::vector<std::int32_t> number_;  // by the number before
};

}  // namespace

std::unique_ptr<Samples> match_classes(std::unique_ptr<Samples> samples, const std::vector<std::string>& class_names,
                                       const std::string& source) {
  if (samples->spec().class_names == class_names) return samples;
  std::vector<std::int32_t> number;
  for (const std::string& name : samples->spec().class_names) {
    const auto at = std::find(class_names.begin(), class_names.end(), name);
    if (at == class_names.end())
      throw DataError(source, fmt::format("the data has a class '{}' that the model was not trained on", name));
    number.push_back(static_cast<std::int32_t>(at - class_names.begin()));
  }
  return std::make_unique<Renamed>(std::move(samples), std::move(number), class_names);
}

}  // namespace cnnctl
