// synthetic - pictures made from the seed, so that tests and demonstrations need no files. Every class is a grating of
// its own direction, stripe width and colour; position and noise differ from sample to sample.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/data_file.hpp"
#include "base/rng.hpp"
#include "data/catalog.hpp"
#include "data/dataset.hpp"
#include "picture/picture.hpp"

namespace cnnctl {
namespace {
enum class SyntheticTarget { label, clean };
}

template <>
struct Words<SyntheticTarget> {
  static constexpr std::pair<std::string_view, SyntheticTarget> list[] = {{"class", SyntheticTarget::label},
                                                                          {"clean", SyntheticTarget::clean}};
};

namespace {

class Synthetic final : public Dataset {
 public:
  void fields(Fields& f) override {
    f.optional("classes", classes_, "number of classes", between(2, 1000));
    f.optional("count", count_, "pictures to train on", between(1, 10'000'000));
    f.optional("test_count", test_count_, "pictures to test on", between(1, 10'000'000));
    f.optional("shape", shape_, "[channels, height, width]", between(1, static_cast<double>(kMaxPictureSide)));
    f.optional("noise", noise_, "standard deviation of the noise, as a share of the full range", between(0, 1));
    f.optional("target", target_, "what is to be learnt: the class, or the picture without noise");
    f.optional("seed", seed_, "of the pictures", between(0, 9007199254740991.0));
    f.check(shape_.size() == 3, "shape", "shape takes three numbers: [channels, height, width]");
  }

  std::unique_ptr<Samples> open(Split split, const Workers& workers) const override {
    const std::int64_t samples = count(split);
    SampleSpec spec = picture_and_class(Shape(shape_), numbered_names(classes_));
    if (target_ == SyntheticTarget::clean) {
      spec.columns.push_back({"clean", Element::u8, Shape(shape_), true, false});
      spec.target = "clean";
    }
    const std::size_t size = spec.columns[0].bytes(), total = static_cast<std::size_t>(samples) * size;
    expect_memory("synthetic", static_cast<std::uint64_t>(total) * (spec.columns.size() - 1));
    Bytes pixels, clean;
    pixels.resize(total);
    if (spec.target == "clean") clean.resize(total);
    std::vector<std::int32_t> classes(static_cast<std::size_t>(samples));
    workers.run(samples, [&](std::int64_t i, int) {
      const std::int64_t label = i % classes_;
      classes[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
      Rng rng(static_cast<std::uint64_t>(seed_), Purpose::synthetic, split == Split::train ? 0 : 1,
              static_cast<std::uint64_t>(i));
      const std::size_t at = static_cast<std::size_t>(i) * size;
      paint(label, rng, pixels.data() + at, clean.empty() ? nullptr : clean.data() + at);
    });
    std::vector<MemorySamples::Values> values;
    values.push_back({std::move(pixels), 0});
    values.push_back(values_of(classes));
    if (spec.target == "clean") values.push_back({std::move(clean), 0});
    return std::make_unique<MemorySamples>(std::move(spec), samples, std::move(values));
  }

  std::optional<Outline> outline(Split split) const override { return Outline{count(split), Shape(shape_)}; }

 private:
  std::int64_t count(Split split) const { return split == Split::train ? count_ : test_count_; }

  /// Draws one picture, (H, W, C), and the same without noise if `clean` is given. The phase moves by at most an eighth
  /// of a stripe, so that a linear model learns too.
  void paint(std::int64_t label, Rng& rng, std::uint8_t* pixels, std::uint8_t* clean) const {
    constexpr double kTurn = 2 * std::numbers::pi;
    const std::int64_t channels = shape_[0], height = shape_[1], width = shape_[2];
    const double part = static_cast<double>(label) / static_cast<double>(classes_);
    const double angle = std::numbers::pi * part;
    const double waves = 2 + static_cast<double>(label % 3);  // over the longer side
    const double step = kTurn * waves / static_cast<double>(std::max(height, width));
    const double dx = step * std::cos(angle), dy = step * std::sin(angle);
    const double phase = kTurn / 8 * static_cast<double>(rng.uniform(-1, 1));
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        const double wave = std::sin(dx * static_cast<double>(x) + dy * static_cast<double>(y) + phase);
        for (std::int64_t c = 0; c < channels; ++c) {
          const double tint = std::cos(kTurn * (part + static_cast<double>(c) / static_cast<double>(channels)));
          const double value = 127.5 + wave * (60 + 30 * tint);
          *pixels++ = pixel_of(value + 255 * noise_ * deviate(rng));
          if (clean != nullptr) *clean++ = pixel_of(value);
        }
      }
    }
  }

  static std::uint8_t pixel_of(double value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
  }

  /// Nearly normal, with deviation 1: the sum of the four bytes of one random number.
  static double deviate(Rng& rng) {
    const std::uint32_t bits = rng.next();
    const auto sum = static_cast<double>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
    return (sum - 510) / 147.8;
  }

  std::int64_t classes_ = 10, count_ = 1000, test_count_ = 200, seed_ = 0;
  std::vector<std::int64_t> shape_{1, 28, 28};
  double noise_ = 0.1;
  SyntheticTarget target_ = SyntheticTarget::label;
};

}  // namespace

constexpr Kind<Dataset> kSyntheticKind = kind_of<Dataset, Synthetic>(
    "synthetic", "gratings made from a seed, no files needed", "{classes: 10, count: 1000, shape: [1, 28, 28]}");

}  // namespace cnnctl
