// random_crop - pads the picture on all sides and cuts its old size out somewhere: a shift by up to `padding` pixels.
#include <algorithm>

#include "data/catalog.hpp"

namespace cnnctl {
namespace {

class RandomCrop final : public Transform {
 public:
  void fields(Fields& f) override {
    f.shorthand("padding");
    f.required("padding", padding_, "pixels added on each side", between(1, 1024));
    f.optional("fill", fill_, "what is added");
  }

  void apply(const Image& image, float* spare, const float* mean, Rng& rng) const override {
    const auto draw = [&] { return static_cast<std::int64_t>(rng.uniform() * static_cast<float>(2 * padding_ + 1)); };
    const std::int64_t down = draw() - padding_, right = draw() - padding_;
    const std::int64_t channels = image.channels, row = image.width * channels;
    std::copy_n(image.pixels, image.height * row, spare);
    const std::int64_t begin = std::clamp<std::int64_t>(-right, 0, image.width);  // columns that come from inside
    const std::int64_t end = std::clamp<std::int64_t>(image.width - right, begin, image.width);
    for (std::int64_t y = 0; y < image.height; ++y) {
      float* const to = image.pixels + y * row;
      const bool inside = y + down >= 0 && y + down < image.height && begin < end;
      if (!inside) {
        add(to, image.width, channels, mean);
        continue;
      }
      add(to, begin, channels, mean);
      std::copy_n(spare + (y + down) * row + (begin + right) * channels, (end - begin) * channels,
                  to + begin * channels);
      add(to + end * channels, image.width - end, channels, mean);
    }
  }

 private:
  /// Writes `count` pixels from outside.
  void add(float* to, std::int64_t count, std::int64_t channels, const float* mean) const {
    if (fill_ == Outside::black) {
      std::fill_n(to, count * channels, 0.0f);
      return;
    }
    for (std::int64_t i = 0; i < count; ++i) to = std::copy_n(mean, channels, to);
  }

  std::int64_t padding_ = 4;
  Outside fill_ = Outside::black;
};

}  // namespace

constexpr Kind<Transform> kRandomCropKind =
    kind_of<Transform, RandomCrop>("random_crop", "shifts by up to `padding` pixels each way", "{padding: 4}");

}  // namespace cnnctl
