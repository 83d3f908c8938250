#include "picture/picture.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/data_file.hpp"
#include "base/error.hpp"
#include "picture/exif.hpp"
#include "picture/formats.hpp"

namespace cnnctl {
namespace {

/// value / 255, rounded, for 0 <= value <= 255 * 255.
int over_255(int value) { return (2 * value + 255) / 510; }

/// Red, green and blue of one stored pixel; grey gives three equal values.
struct Rgb {
  int r, g, b;
};

Rgb colour_of(const std::uint8_t* s, std::int64_t channels, bool cmyk) {
  if (cmyk) return {over_255(s[0] * s[3]), over_255(s[1] * s[3]), over_255(s[2] * s[3])};
  if (channels == 1) return {s[0], s[0], s[0]};
  if (channels == 3) return {s[0], s[1], s[2]};
  const int alpha = s[channels - 1];
  const auto over_white = [alpha](int value) { return over_255(value * alpha + 255 * (255 - alpha)); };
  if (channels == 2) return {over_white(s[0]), over_white(s[0]), over_white(s[0])};
  return {over_white(s[0]), over_white(s[1]), over_white(s[2])};
}

/// Rec. 601 luma in 16-bit fixed point; three equal values give themselves.
int grey_of(const Rgb& c) { return (c.r * 19595 + c.g * 38470 + c.b * 7471 + 0x8000) >> 16; }

Picture convert(RawPicture raw, std::int64_t channels) {
  Picture picture{raw.height, raw.width, channels, {}, raw.cut};
  if (raw.channels == channels) {
    picture.pixels = std::move(raw.samples);
    return picture;
  }
  const std::int64_t count = raw.height * raw.width;
  picture.pixels.resize(static_cast<std::size_t>(count * channels));
  const std::uint8_t* from = raw.samples.data();
  std::uint8_t* to = picture.pixels.data();
  for (std::int64_t i = 0; i < count; ++i, from += raw.channels) {
    const Rgb colour = colour_of(from, raw.channels, raw.cmyk);
    if (channels == 1) {
      *to++ = static_cast<std::uint8_t>(grey_of(colour));
      continue;
    }
    for (const int value : {colour.r, colour.g, colour.b}) *to++ = static_cast<std::uint8_t>(value);
  }
  return picture;
}

}  // namespace

void check_picture_size(const std::string& path, std::int64_t width, std::int64_t height) {
  if (width >= 1 && height >= 1 && width <= kMaxPictureSide && height <= kMaxPictureSide &&
      width * height <= kMaxPicturePixels)
    return;
  throw DataError(path, fmt::format("is {}x{} pixels; allowed are 1 to {} a side and {} in all", width, height,
                                    kMaxPictureSide, kMaxPicturePixels));
}

namespace {

RawPicture decode_raw(std::string_view bytes, const std::string& path, bool deep = false) {
  if (bytes.empty()) throw DataError(path, "is empty");
  if (bytes.starts_with("\xff\xd8\xff")) return decode_jpeg(bytes, path);
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    check_png(bytes, path);
    constexpr std::size_t kDepth = 24;  // of the header, which was proved
    const bool has_16_bits = bytes[kDepth] == 16;
    RawPicture raw = decode_png_or_bmp(bytes, path, deep && has_16_bits);
    raw.cut = has_16_bits && !deep;
    raw.orientation = png_orientation(bytes);
    return raw;
  }
  if (bytes.starts_with("BM")) {
    check_bmp(bytes, path);
    return decode_png_or_bmp(bytes, path);
  }
  throw DataError(path, "is not a JPEG, PNG or BMP picture");
}

/// `from` holds samples of 0..most.
template <class T>
DeepPicture deepened(const RawPicture& raw, const std::vector<T>& from, double most, std::int64_t channels) {
  DeepPicture picture{raw.height, raw.width, channels, {}};
  const std::int64_t count = raw.height * raw.width;
  picture.pixels.reserve(static_cast<std::size_t>(count * channels));
  for (std::int64_t i = 0; i < count; ++i) {
    const T* const s = from.data() + i * raw.channels;
    const auto share = [&](std::int64_t c) { return static_cast<double>(s[c]) / most; };
    double rgb[3];
    for (std::int64_t c = 0; c < 3; ++c) {
      const double value = share(raw.channels >= 3 ? c : 0);
      const bool has_alpha = !raw.cmyk && raw.channels % 2 == 0;
      const double cover = raw.channels % 2 == 0 ? share(raw.channels - 1) : 1;  // alpha over white, or no black ink
      rgb[c] = value * cover + (has_alpha ? 1 - cover : 0);
    }
    const bool is_grey = raw.channels <= 2;
    if (channels == 1)
      picture.pixels.push_back(
          static_cast<float>(is_grey ? rgb[0] : (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) / 1000));
    else
      for (const double value : rgb) picture.pixels.push_back(static_cast<float>(value));
  }
  return picture;
}

}  // namespace

DeepPicture decode_deep(std::string_view bytes, const std::string& path, std::int64_t channels,
                        Orientation orientation) {
  CNNCTL_CHECK(channels == 1 || channels == 3);
  const RawPicture raw = decode_raw(bytes, path, true);
  DeepPicture picture =
      raw.wide.empty() ? deepened(raw, raw.samples, 255, channels) : deepened(raw, raw.wide, 65535, channels);
  return upright(std::move(picture), orientation == Orientation::apply ? raw.orientation : 1);
}

Picture decode(std::string_view bytes, const std::string& path, std::int64_t channels, Orientation orientation) {
  CNNCTL_CHECK(channels == 1 || channels == 3);
  RawPicture raw = decode_raw(bytes, path);
  const int seen = orientation == Orientation::apply ? raw.orientation : 1;
  return upright(convert(std::move(raw), channels), seen);
}

Picture read_picture(const std::string& path, std::int64_t channels, Orientation orientation) {
  return decode(text_of(read_data(path)), path, channels, orientation);
}

}  // namespace cnnctl
