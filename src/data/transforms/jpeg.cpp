// jpeg - what compression leaves of a picture, as torchvision's JPEG.
#include <algorithm>
#include <cmath>

#include "data/catalog.hpp"
#include "data/transforms/picture_transform.hpp"
#include "picture/picture.hpp"

namespace cnnctl {
namespace {

class Jpeg final : public PictureTransform {
 public:
  Jpeg() : PictureTransform(1) {}
  void settings(Fields& f) override {
    f.shorthand("quality");
    f.required("quality", quality_, "of the compression, 1 to 100, or [worst, best]", between(1, 100));
    f.check(quality_.size() == 1 || is_range(quality_), "quality",
            "quality takes one number or two, the lower first: [30, 90]");
    chance(f);
  }

 protected:
  void repaint(Plane& picture, Rng& rng) const override {
    const double quality = draw_from({quality_.front(), quality_.back()}, rng);
    if (picture.channels == 3) return compress(picture, 0, 3, static_cast<int>(std::lround(quality)));
    for (std::int64_t c = 0; c < picture.channels; ++c) compress(picture, c, 1, static_cast<int>(std::lround(quality)));
  }

 private:
  /// Neighbouring channels from `first` on, one or three, as a picture of their own.
  static void compress(Plane& picture, std::int64_t first, std::int64_t channels, int quality) {
    const float to_level = 255 / picture.white, of_level = picture.white / 255;
    const std::int64_t pixels = picture.height * picture.width;
    Picture bytes{picture.height, picture.width, channels, {}};
    for (std::int64_t i = 0; i < pixels; ++i) {
      const float* const pixel = picture.values + i * picture.channels + first;
      for (std::int64_t c = 0; c < channels; ++c)
        bytes.pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(pixel[c] * to_level), 0L, 255L)));
    }
    const Picture left = decode(encode_jpeg(bytes, quality), "jpeg", channels);
    const std::uint8_t* from = left.pixels.data();
    for (std::int64_t i = 0; i < pixels; ++i)
      for (std::int64_t c = 0; c < channels; ++c)
        picture.values[i * picture.channels + first + c] = static_cast<float>(*from++) * of_level;
  }

  std::vector<double> quality_{75};
};

}  // namespace

constexpr Kind<Transform> kJpegKind =
    kind_of<Transform, Jpeg>("jpeg",
                             "leaves what compression leaves\n"
                             "y = x written as JPEG of a random quality, and read again",
                             "{quality: [30, 90]}");

}  // namespace cnnctl
