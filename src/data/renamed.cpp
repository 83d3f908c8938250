#include "data/renamed.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"

namespace cnnctl {
namespace {

class Renamed final : public SamplesOver {
 public:
  Renamed(std::unique_ptr<Samples> samples, std::vector<std::int32_t> number, std::vector<std::string> class_names)
      : SamplesOver(std::move(samples)), spec_(samples_->spec()), number_(std::move(number)) {
    spec_.class_names = std::move(class_names);
  }

  const SampleSpec& spec() const override { return spec_; }

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
  SampleSpec spec_;
  std::vector<std::int32_t> number_;  // by the number before
};

/// Names the first sample of the class that is too much, if samples have names.
[[noreturn]] void complain(const Samples& samples, std::size_t number, const std::vector<std::string>& class_names,
                           const std::string& source) {
  std::string place = source;
  for (std::int64_t i = samples.count() - 1; i >= 0; --i)
    if (samples.stratum(i) == static_cast<std::int32_t>(number) && !samples.key(i).empty()) place = samples.name(i);
  constexpr std::size_t kShown = 12;
  const std::size_t shown = std::min(class_names.size(), kShown);
  throw DataError(
      place, fmt::format("the data has a class '{}' that the model was not trained on; its classes are {}{}",
                         samples.spec().class_names[number],
                         fmt::join(class_names.begin(), class_names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                         shown < class_names.size() ? " ..." : ""));
}

}  // namespace

std::unique_ptr<Samples> match_classes(std::unique_ptr<Samples> samples, const std::vector<std::string>& class_names,
                                       const std::string& source) {
  if (samples->spec().class_names == class_names) return samples;
  std::vector<std::int32_t> number;
  for (const std::string& name : samples->spec().class_names) {
    const auto at = std::find(class_names.begin(), class_names.end(), name);
    if (at == class_names.end()) complain(*samples, number.size(), class_names, source);
    number.push_back(static_cast<std::int32_t>(at - class_names.begin()));
  }
  return std::make_unique<Renamed>(std::move(samples), std::move(number), class_names);
}

}  // namespace cnnctl
