// The eight ways to hold a camera: what each file shows, in JPEG and PNG, and blocks that are damaged.
#include "picture/exif.hpp"

#include <doctest/doctest.h>

#include "data/exif_files.hpp"
#include "data/make_files.hpp"

namespace cnnctl {

using namespace std::literals;
using testing::exif_block;
using testing::with_exif;

namespace {

using Pixels = std::vector<std::uint8_t>;

/// 2 rows of 3 grey pixels, as stored.
Picture stored() { return {2, 3, 1, {1, 2, 3, 4, 5, 6}}; }

}  // namespace

TEST_SUITE("picture") {
  TEST_CASE("each orientation shows the first stored row and column where EXIF says that they are") {
    // Height as seen, and the pixels row by row.
    const std::pair<std::int64_t, Pixels> seen[] = {
        {2, {1, 2, 3, 4, 5, 6}},   // 1: row 0 at the top, column 0 at the left
        {2, {3, 2, 1, 6, 5, 4}},   // 2: top, right
        {2, {6, 5, 4, 3, 2, 1}},   // 3: bottom, right
        {2, {4, 5, 6, 1, 2, 3}},   // 4: bottom, left
        {3, {1, 4, 2, 5, 3, 6}},   // 5: left, top
        {3, {4, 1, 5, 2, 6, 3}},   // 6: right, top
        {3, {6, 3, 5, 2, 4, 1}},   // 7: right, bottom
        {3, {3, 6, 2, 5, 1, 4}}};  // 8: left, bottom
    for (int orientation = 1; orientation <= 8; ++orientation) {
      CAPTURE(orientation);
      const auto& [height, pixels] = seen[orientation - 1];
      const Picture picture = upright(stored(), orientation);
      CHECK(picture.height == height);
      CHECK(picture.width == 6 / height);
      CHECK(picture.pixels == pixels);
    }
    CHECK(upright(Picture{1, 2, 3, {1, 2, 3, 4, 5, 6}}, 6).pixels ==
          Pixels{1, 2, 3, 4, 5, 6});  // colours stay together
    CHECK(upright(Picture{1, 2, 3, {1, 2, 3, 4, 5, 6}}, 3).pixels == Pixels{4, 5, 6, 1, 2, 3});
  }

  TEST_CASE("files of both formats and both byte orders are turned, unless that is not wanted") {
    const std::string rows = "\0\x01\x02\x03\0\x04\x05\x06"s;
    for (int orientation = 1; orientation <= 8; ++orientation) {
      for (const bool big : {false, true}) {
        CAPTURE(orientation);
        const std::string block = exif_block(orientation, big);
        CHECK(exif_orientation(block) == orientation);
        const std::string png = testing::png({3, 2, 8, 0}, rows, testing::png_chunk("eXIf", block));
        CHECK(decode(png, "a", 1).pixels == upright(stored(), orientation).pixels);
        CHECK(decode(png, "a", 1, Orientation::ignore).pixels == stored().pixels);

        const std::string plain = testing::jpeg(3, 2, 1, {0, 60, 120, 255, 30, 200});
        const std::string jpeg = with_exif(plain, block);
        const Picture upright_picture = upright(decode(plain, "a", 1), orientation);
        CHECK(decode(jpeg, "a", 1).pixels == upright_picture.pixels);
        CHECK(decode(jpeg, "a", 1).height == upright_picture.height);
        CHECK(decode(jpeg, "a", 1, Orientation::ignore).pixels == decode(plain, "a", 1).pixels);
      }
    }
  }

  TEST_CASE("a block that is cut off, or says nothing, leaves a picture as it is") {
    const std::string good = exif_block(6, true);
    for (std::size_t size = 0; size < good.size(); ++size)
      CHECK(exif_orientation(good.substr(0, size)) == (size < 8 + 2 + 12 ? 1 : 6));
    for (std::size_t i = 0; i < good.size(); ++i)
      for (int value = 0; value < 256; ++value) {
        std::string bad = good;
        bad[i] = static_cast<char>(value);
        const int orientation = exif_orientation(bad);
        CHECK(orientation >= 1);
        CHECK(orientation <= 8);
      }
    CHECK(exif_orientation(exif_block(0, false)) == 1);
    CHECK(exif_orientation(exif_block(9, false)) == 1);
    CHECK(exif_orientation("") == 1);
    CHECK(decode(with_exif(testing::jpeg(3, 2, 1, {0, 60, 120, 255, 30, 200}), "II"), "a", 1).height == 2);
  }
}

}  // namespace cnnctl
