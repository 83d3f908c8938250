// synthetic - pictures made from the seed, so that tests and demonstrations need no files. Every class is a grating of
// its own direction, stripe width and colour; position and noise differ from sample to sample. Where masks are to be
// learnt, a disc of the grating lies on plain ground, which is class 0.
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
enum class SyntheticTarget { label, clean, mask };
}

template <>
struct Words<SyntheticTarget> {
  static constexpr std::pair<std::string_view, SyntheticTarget> list[] = {
      {"class", SyntheticTarget::label}, {"clean", SyntheticTarget::clean}, {"mask", SyntheticTarget::mask}};
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
    f.optional(
        "target", target_,
        "what is to be learnt: the class; the picture without noise; or of discs on plain ground each pixel's class");
    f.optional("seed", seed_, "of the pictures", between(0, 9007199254740991.0));
    f.check(shape_.size() == 3, "shape", "shape takes three numbers: [channels, height, width]");
  }

  std::unique_ptr<Samples> open(Split split, const Workers& workers) const override {
    const std::int64_t samples = count(split);
    SampleSpec spec = picture_and_class(Shape(shape_), numbered_names(classes_));
    if (target_ == SyntheticTarget::clean) spec.columns.push_back({"clean", Element::u8, Shape(shape_), true, false});
    if (target_ == SyntheticTarget::mask)
      spec.columns.push_back({"mask", Element::i32, {1, shape_[1], shape_[2]}, true, false});
    spec.target = spec.columns.back().name;
    const std::size_t size = spec.columns[0].bytes(), more = spec.columns.size() > 2 ? spec.columns[2].bytes() : 0;
    expect_memory("synthetic", static_cast<std::uint64_t>(samples) * (size + more));
    Bytes pixels, second;
    pixels.resize(static_cast<std::size_t>(samples) * size);
    second.resize(static_cast<std::size_t>(samples) * more);
    std::vector<std::int32_t> classes(static_cast<std::size_t>(samples));
    workers.run(samples, [&](std::int64_t i, int) {
      const std::int64_t label = label_of(i);
      classes[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
      Rng rng(static_cast<std::uint64_t>(seed_), Purpose::synthetic, split == Split::train ? 0 : 1,
              static_cast<std::uint64_t>(i));
      std::uint8_t* const picture = pixels.data() + static_cast<std::size_t>(i) * size;
      std::uint8_t* const wanted = second.data() + static_cast<std::size_t>(i) * more;
      if (target_ == SyntheticTarget::mask)
        paint_disc(label, rng, picture, reinterpret_cast<std::int32_t*>(wanted));
      else
        paint(label, rng, everywhere, picture, more > 0 ? wanted : nullptr);
    });
    std::vector<MemorySamples::Values> values;
    values.push_back({std::move(pixels), 0});
    values.push_back(values_of(classes));
    if (more > 0) values.push_back({std::move(second), 0});
    return std::make_unique<MemorySamples>(std::move(spec), samples, std::move(values));
  }

  std::optional<Outline> outline(Split split) const override { return Outline{count(split), Shape(shape_)}; }

 private:
  std::int64_t count(Split split) const { return split == Split::train ? count_ : test_count_; }

  /// Where there are masks, class 0 is the ground's.
  std::int64_t label_of(std::int64_t i) const {
    return target_ == SyntheticTarget::mask ? 1 + i % (classes_ - 1) : i % classes_;
  }

  static bool everywhere(std::int64_t, std::int64_t) { return true; }

  /// A disc somewhere in the picture, as wide as a quarter to a half of its shorter side, and the class of each pixel.
  void paint_disc(std::int64_t label, Rng& rng, std::uint8_t* pixels, std::int32_t* mask) const {
    const double height = static_cast<double>(shape_[1]), width = static_cast<double>(shape_[2]);
    const double radius = std::min(height, width) / 8 * static_cast<double>(rng.uniform(1, 2));
    const double top = height * static_cast<double>(rng.uniform()), left = width * static_cast<double>(rng.uniform());
    const auto on_disc = [=](std::int64_t y, std::int64_t x) {
      return std::hypot(static_cast<double>(y) + 0.5 - top, static_cast<double>(x) + 0.5 - left) < radius;
    };
    paint(label, rng, on_disc, pixels, nullptr);
    for (std::int64_t y = 0; y < shape_[1]; ++y)
      for (std::int64_t x = 0; x < shape_[2]; ++x) *mask++ = on_disc(y, x) ? static_cast<std::int32_t>(label) : 0;
  }

  /// Draws one picture, (H, W, C), whose grating is where `covers` says, and the same without noise if `clean` is
  /// given. The phase moves by at most an eighth of a stripe, so that a linear model learns too.
  template <class Covers>
  void paint(std::int64_t label, Rng& rng, const Covers& covers, std::uint8_t* pixels, std::uint8_t* clean) const {
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
        const double wave =
            covers(y, x) ? std::sin(dx * static_cast<double>(x) + dy * static_cast<double>(y) + phase) : 0;
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
