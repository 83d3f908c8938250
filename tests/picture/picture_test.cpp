#include "picture/picture.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "data/make_files.hpp"

using cnnctl::testing::bmp;
using cnnctl::testing::jpeg;
using cnnctl::testing::message_of;
using cnnctl::testing::plain_png;
using cnnctl::testing::png;
using cnnctl::testing::png_chunk;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

using Pixels = std::vector<std::uint8_t>;

Pixels pixels_of(std::string_view file, std::int64_t channels = 3) {
  return decode(file, "a picture", channels).pixels;
}

std::string complaint(std::string_view file) {
  return message_of<DataError>([&] { decode(file, "a.png", 3); });
}

std::string operator""_b(const char* text, std::size_t size) { return {text, size}; }

}  // namespace

TEST_SUITE("picture") {
  TEST_CASE("deep pictures keep all bits, and are else what pictures of 8 bits are before they are rounded") {
    const DeepPicture levels = decode_deep(png({2, 1, 16, 0}, "\0\0\x07\x12\xff"_b), "a picture", 1);
    CHECK(levels.pixels == std::vector<float>{7 / 65535.0f, 0x12ff / 65535.0f});
    CHECK_FALSE(levels.cut);
    const std::string files[] = {png({2, 1, 8, 2}, "\0\x01\x02\x03\xff\xfe\xfd"_b),
                                 png({2, 1, 8, 0}, "\0\x07\xf0"_b),
                                 png({3, 1, 8, 4}, "\0\0\0\0\x80\0\xff"_b),
                                 png({1, 1, 8, 6}, "\0\xff\x80\0\x80"_b),
                                 png({2, 1, 16, 6}, "\0\x10\xff\x20\xff\x30\xff\x40\xff\xff\xff\0\0\x7f\0\xff\xff"_b),
                                 jpeg(9, 7, 4, Pixels(252, 90))};
    for (const std::string& file : files)
      for (const std::int64_t channels : {1, 3}) {
        const Picture plain = decode(file, "a picture", channels);
        const DeepPicture deep = decode_deep(file, "a picture", channels);
        REQUIRE(deep.pixels.size() == plain.pixels.size());
        for (std::size_t at = 0; at < plain.pixels.size(); ++at)
          CHECK(std::abs(255 * static_cast<double>(deep.pixels[at]) - plain.pixels[at]) <= (plain.cut ? 2.0 : 1.01));
      }
  }

  TEST_CASE("numbers are scaled by the same filter as bytes") {
    Picture plain{7, 5, 3, {}};
    DeepPicture deep{7, 5, 3, {}};
    for (int at = 0; at < 105; ++at) {
      plain.pixels.push_back(static_cast<std::uint8_t>(at * at * 7));
      deep.pixels.push_back(plain.pixels.back());
    }
    for (const auto& [height, width] : {std::pair{3, 9}, {14, 2}, {7, 4}, {1, 1}}) {
      const Picture bytes = resize(plain, height, width);
      const DeepPicture numbers = resize(deep, height, width);
      REQUIRE(numbers.pixels.size() == bytes.pixels.size());
      for (std::size_t at = 0; at < bytes.pixels.size(); ++at)
        CHECK(std::abs(static_cast<double>(numbers.pixels[at]) - bytes.pixels[at]) <= 1.01);  // rounded twice
    }
  }

  TEST_CASE("png: every kind of colour becomes what image.hpp says") {
    CHECK(pixels_of(png({2, 1, 8, 2}, "\0\x01\x02\x03\xff\xfe\xfd"_b)) == Pixels{1, 2, 3, 255, 254, 253});
    CHECK(pixels_of(png({2, 1, 8, 0}, "\0\x07\xf0"_b)) == Pixels{7, 7, 7, 240, 240, 240});
    CHECK(pixels_of(png({2, 1, 8, 0}, "\0\x07\xf0"_b), 1) == Pixels{7, 240});
    CHECK(pixels_of(png({8, 1, 1, 0}, "\0\xa5"_b), 1) == Pixels{255, 0, 255, 0, 0, 255, 0, 255});
    const std::string palette = png_chunk("PLTE", "\x0a\x14\x1e\x28\x32\x3c"_b);
    CHECK(pixels_of(png({2, 1, 8, 3}, "\0\x01\0"_b, palette)) == Pixels{40, 50, 60, 10, 20, 30});
    // The high byte of 16 bits.
    CHECK(pixels_of(png({1, 1, 16, 0}, "\0\x12\xff"_b), 1) == Pixels{0x12});
    // Alpha 0, 128 and 255 over white.
    CHECK(pixels_of(png({3, 1, 8, 4}, "\0\0\0\0\x80\0\xff"_b), 1) == Pixels{255, 127, 0});
    CHECK(pixels_of(png({1, 1, 8, 6}, "\0\xff\x80\0\x80"_b)) == Pixels{255, 191, 127});
    // A transparent entry of a palette.
    CHECK(pixels_of(png({2, 1, 8, 3}, "\0\x01\0"_b, palette + png_chunk("tRNS", "\0"_b))) ==
          Pixels{40, 50, 60, 255, 255, 255});
    // Luma of red, green, blue and of a grey in colours.
    CHECK(pixels_of(png({4, 1, 8, 2}, "\0\xff\0\0\0\xff\0\0\0\xff\x09\x09\x09"_b), 1) == Pixels{76, 150, 29, 9});
  }

  TEST_CASE("png: interlaced rows are counted pass by pass") {
    // 3x3: pass 1 has one pixel, 4 one row of one, 5 one row of two, 6 two rows of one, 7 one row of three.
    const std::string rows = "\0\x01\0\x03\0\x07\x09\0\x02\0\x08\0\x04\x05\x06"_b;
    CHECK(pixels_of(png({3, 3, 8, 0, 1}, rows), 1) == Pixels{1, 2, 3, 4, 5, 6, 7, 8, 9});
  }

  TEST_CASE("png: damage of every kind is an error that says which") {
    const std::string good = plain_png(5, 4, 1, 2, 3);
    CHECK(complaint(good) == "nothing was thrown");
    for (std::size_t size = 8; size < good.size(); ++size)
      CHECK(complaint(good.substr(0, size)) != "nothing was thrown");
    for (std::size_t i = 8; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x10);
      CHECK(complaint(bad) != "nothing was thrown");
    }
    CHECK(complaint(good.substr(0, 25)) ==
          "a.png: error: incomplete PNG: ends at byte 25, a part of 13 bytes begins at 8");
    CHECK(complaint(good.substr(0, 40)) == "a.png: error: incomplete PNG: ends at byte 40");
    std::string flipped = good;
    flipped[45] ^= 1;
    CHECK(complaint(flipped) == "a.png: error: damaged PNG: wrong checksum of the part at byte 33");
    CHECK(complaint(png({2, 2, 8, 0}, "\0\1\2\0\3"_b)) == "a.png: error: incomplete PNG: 5 of 6 bytes of image data");
    CHECK(complaint(png({2, 2, 8, 0}, "\0\1\2\0\3\4\0"_b)) ==
          "a.png: error: damaged PNG: more than 6 bytes of image data");
    CHECK(complaint(png({2, 2, 9, 0}, "")) == "a.png: error: damaged PNG: colour type 0, depth 9, interlace 0");
    CHECK(complaint(png({2, 1, 8, 3}, "\0\1\0"_b)).starts_with("a.png: error: damaged picture: "));
  }

  TEST_CASE("png: bombs are refused before memory is taken") {
    CHECK(complaint(png({100'000, 1, 8, 0}, "")) ==
          "a.png: error: is 100000x1 pixels; allowed are 1 to 32768 a side and 67108864 in all");
    CHECK(complaint(png({32'768, 32'768, 8, 0}, "")).find("32768x32768") != std::string::npos);
    CHECK(complaint(png({0, 1, 8, 0}, "")).find("is 0x1 pixels") != std::string::npos);
    const std::string bomb(std::size_t{20} << 20, '\0');
    CHECK(complaint(png({1, 1, 8, 0}, bomb)) == "a.png: error: damaged PNG: more than 2 bytes of image data");
  }

  TEST_CASE("bmp: rows from below, blue first, and incomplete ones are errors") {
    const std::string good = bmp(3, 2, "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12"_b);
    CHECK(pixels_of(good) == Pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
    for (std::size_t size = 2; size < good.size(); ++size)
      CHECK(complaint(good.substr(0, size)) != "nothing was thrown");
    CHECK(complaint(good.substr(0, 77)) == "a.png: error: incomplete BMP: holds 77 of 78 bytes");
    std::string wide = good;
    wide[20] = '\x7f';
    CHECK(complaint(wide).find("allowed are 1 to 32768 a side") != std::string::npos);
  }

  TEST_CASE("jpeg: grey, colour, CMYK and progressive ones; within the loss of quality 100") {
    const auto near = [](const Pixels& a, const Pixels& b) {
      if (a.size() != b.size()) return false;
      for (std::size_t i = 0; i < a.size(); ++i)
        if (std::abs(int{a[i]} - int{b[i]}) > 3) return false;
      return true;
    };
    const auto repeated = [](const Pixels& pixel, int times) {
      Pixels all;
      for (int i = 0; i < times; ++i) all.insert(all.end(), pixel.begin(), pixel.end());
      return all;
    };
    CHECK(near(pixels_of(jpeg(16, 9, 1, Pixels(144, 77)), 1), Pixels(144, 77)));
    CHECK(near(pixels_of(jpeg(16, 9, 1, Pixels(144, 77))), Pixels(432, 77)));
    for (const bool progressive : {false, true})
      CHECK(near(pixels_of(jpeg(16, 9, 3, repeated({200, 100, 50}, 144), progressive)), repeated({200, 100, 50}, 144)));
    CHECK(near(pixels_of(jpeg(8, 8, 4, repeated({255, 128, 0, 255}, 64))), repeated({255, 128, 0}, 64)));
    CHECK(near(pixels_of(jpeg(8, 8, 4, repeated({255, 255, 255, 0}, 64))), repeated({0, 0, 0}, 64)));
  }

  TEST_CASE("jpeg: cut off anywhere it is an error, never grey pixels") {
    Pixels noise(48 * 48 * 3);
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::uint8_t>(i * i * 31 >> 3);
    for (const bool progressive : {false, true}) {
      const std::string good = jpeg(48, 48, 3, noise, progressive);
      CHECK(complaint(good) == "nothing was thrown");
      for (std::size_t size = 4; size < good.size(); size += 97)
        CHECK(complaint(good.substr(0, size)).starts_with("a.png: error: damaged or incomplete JPEG: "));
      const std::string cut = complaint(good.substr(0, good.size() - 2));
      CHECK_MESSAGE(
          cut.starts_with("a.png: error: damaged or incomplete JPEG: Premature end of JPEG file (noticed at "), cut);
      CHECK_MESSAGE(cut.ends_with(" of " + std::to_string(good.size() - 2) + ")"), cut);
    }
  }

  TEST_CASE("decode: the bytes decide, not the name") {
    CHECK(complaint("GIF89a....") == "a.png: error: is not a JPEG, PNG or BMP picture");
    CHECK(complaint("") == "a.png: error: is empty");
    CHECK(decode(plain_png(2, 3, 0, 0, 0), "x.jpg", 3).height == 3);
  }

  TEST_CASE("read_picture: missing files and folders are data errors") {
    const TemporaryFolder folder;
    CHECK(message_of<DataError>([&] { read_picture(folder / "no.png", 3); }) ==
          (folder / "no.png") + ": error: there is no such file");
    CHECK(message_of<DataError>([&] { read_picture(folder.path(), 3); }) ==
          folder.path() + ": error: is not a regular file");
  }

  TEST_CASE("resize: hand-checked averages and interpolation, by exact size") {
    const Picture row{1, 4, 1, {0, 100, 200, 40}};
    CHECK(resize(row, 1, 4).pixels == row.pixels);
    // Halving: triangles of reach 2 around 1 and 3, cut at the border: weights 3 3 1 and 1 3 3 over 7.
    CHECK(resize(row, 1, 2).pixels == Pixels{71, 117});
    // Doubling two pixels: quarters between.
    CHECK(resize(Picture{1, 2, 1, {0, 100}}, 1, 4).pixels == Pixels{0, 25, 75, 100});
    CHECK(resize(Picture{2, 1, 3, {0, 10, 20, 100, 110, 120}}, 4, 1).pixels ==
          Pixels{0, 10, 20, 25, 35, 45, 75, 85, 95, 100, 110, 120});
    const Picture flat = resize(Picture{37, 53, 3, Pixels(37 * 53 * 3, 255)}, 11, 200);
    CHECK(flat.pixels == Pixels(11 * 200 * 3, 255));
  }

  TEST_CASE("write_png: what is written is read again") {
    const TemporaryFolder folder;
    const Picture picture{2, 3, 3, {0, 1, 2, 3, 4, 5, 6, 7, 8, 250, 251, 252, 253, 254, 255, 9, 8, 7}};
    write_png(folder / "a.png", picture);
    CHECK(read_picture(folder / "a.png", 3).pixels == picture.pixels);
  }
}
}  // namespace cnnctl
