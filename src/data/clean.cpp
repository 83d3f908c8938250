#include "data/clean.hpp"

#include <string>

namespace cnnctl {
namespace {

class CleanSamples final : public SamplesOver {
 public:
  explicit CleanSamples(std::unique_ptr<Samples> samples)
      : SamplesOver(std::move(samples)), spec_(samples_->spec()), input_(spec_.index(spec_.input)) {
    Column clean = spec_.columns[input_];
    clean.name = kCleanColumn;
    spec_.columns.push_back(std::move(clean));
    spec_.target = kCleanColumn;
  }

  const SampleSpec& spec() const override { return spec_; }
  void read(std::int64_t i, Sample& to) const override {
    samples_->read(i, to);
    const Shape shape = to.shape(input_);
    to.borrow(spec_.columns.size() - 1, to.data<std::uint8_t>(input_), shape);
  }

 private:
  SampleSpec spec_;
  std::size_t input_;
};

}  // namespace

std::unique_ptr<Samples> with_clean_input(std::unique_ptr<Samples> samples) {
  if (samples->spec().find(kCleanColumn)) return samples;
  return std::make_unique<CleanSamples>(std::move(samples));
}

}  // namespace cnnctl
