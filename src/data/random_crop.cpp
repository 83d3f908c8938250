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
    const std::int64_t row = image.width * image.channels;
    std::copy_n(image.pixels, image.height * row, spare);
    for (std::int64_t y = 0; y < image.height; ++y) {
      for (std::int64_t x = 0; x < image.width; ++x) {
        const std::int64_t from_y = y + down, from_x = x + right;
        const bool inside = from_y >= 0 && from_y < image.height && from_x >= 0 && from_x < image.width;
        float* const to = image.pixels + y * row + x * image.channels;
        const float* const from = inside ? spare + from_y * row + from_x * image.channels : mean;
        for (std::int64_t c = 0; c < image.channels; ++c) to[c] = inside || fill_ == Outside::mean ? from[c] : 0.0f;
      }
    }
  }

 private:
  std::int64_t padding_ = 4;
  Outside fill_ = Outside::black;
};

}  // namespace

constexpr Kind<Transform> kRandomCropKind =
    kind_of<Transform, RandomCrop>("random_crop", "shifts by up to `padding` pixels each way", "{padding: 4}");

}  // namespace cnnctl
