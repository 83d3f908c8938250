#include <doctest/doctest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "base/text.hpp"
#include "configure.hpp"
#include "data/contents.hpp"
#include "data/dataset.hpp"
#include "data/make_files.hpp"

using cnnctl::testing::big_endian;
using cnnctl::testing::configure;
using cnnctl::testing::Contents;
using cnnctl::testing::contents_of;
using cnnctl::testing::gzip;
using cnnctl::testing::idx;
using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

const std::string kImages = idx({3, 1, 2}, "abcdef"), kLabels = idx({3}, std::string_view("\1\0\7", 3));

Contents load(const TemporaryFolder& folder, Split split = Split::train, const std::string& more = "") {
  const std::string yaml = "{path: \"" + folder.path() + "\"" + more + "}";
  return contents_of(*configure(datasets(), "idx", yaml)->open(split, Workers(1)));
}

std::string pixels_of(const Contents& samples) { return {samples.pixels.begin(), samples.pixels.end()}; }

/// What loading says, without the path in front, when the files hold these bytes.
std::string complaint(std::string_view images, std::string_view labels, const std::string& ending = "") {
  const TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte" + ending, images);
  folder.write("train-labels-idx1-ubyte" + ending, labels);
  std::string message = message_of<Error>([&] { load(folder); });
  for (std::size_t at; (at = message.find(folder.path() + "/")) != std::string::npos;)
    message.erase(at, folder.path().size() + 1);
  return message;
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("idx: reads both splits, plain or gzipped, under either of the usual names") {
    const TemporaryFolder folder;
    folder.write("train-images-idx3-ubyte", kImages);
    folder.write("train-labels-idx1-ubyte.gz", gzip(kLabels));
    folder.write("t10k-images.idx3-ubyte.gz", gzip(idx({1, 1, 2}, "xy")));
    folder.write("t10k-labels.idx1-ubyte", idx({1}, "\1"));
    const Contents train = load(folder), test = load(folder, Split::test);
    CHECK(train.count == 3);
    CHECK(train.shape == Shape{1, 1, 2});
    CHECK(pixels_of(train) == "abcdef");
    CHECK(train.labels == std::vector<std::int32_t>{1, 0, 7});
    CHECK(train.class_names.size() == 10);
    CHECK(train.class_names[9] == "9");
    CHECK(pixels_of(test) == "xy");
  }

  TEST_CASE("idx: files given one by one, and names of classes") {
    const TemporaryFolder folder;
    const std::string images = folder.write("a", kImages), labels = folder.write("b", kLabels);
    const std::string yaml =
        "{train_images: \"" + images + "\", train_labels: \"" + labels + "\", class_names: [a, b, c, d, e, f, g, h]}";
    const Choice<Dataset> dataset = configure(datasets(), "idx", yaml);
    CHECK(dataset->open(Split::train, Workers(1))->spec().class_names.back() == "h");
    CHECK(message_of<DataError>([&] { dataset->open(Split::test, Workers(1)); }) ==
          "t10k-images: error: is not given (test_images, test_labels), and there is no path");
    CHECK(message_of<ConfigError>([] { configure(datasets(), "idx", "{}"); }).find("idx needs path") !=
          std::string::npos);
  }

  TEST_CASE("idx: what does not fit is refused, with the reason") {
    const std::string image = "train-images-idx3-ubyte: error: ", label = "train-labels-idx1-ubyte: error: ";
    CHECK(complaint("PK\3\4...............", kLabels) ==
          image +
              "begins with 50 4b 03 04, which is no IDX: expected 00 00, a type (08 unsigned bytes, 09 bytes, 0b 16 "
              "bits, 0c 32 bits, 0d float, 0e double) and the number of dimensions (01 to 04)");
    for (const std::string_view begin : {"\0\0\x08\5", "\0\0\x0a\3", "\0\0\x08\0", "\0\1\x08\3"})
      CHECK(complaint(std::string(begin.data(), 4) + "12345678901234567890", kLabels).find("which is no IDX") !=
            std::string::npos);
    CHECK(complaint(kLabels + "12345678", kLabels) == image + "holds 19 bytes, its header asks for 11");
    CHECK(complaint(std::string("\0\0\x08", 3), kLabels) == image + "is too short for an IDX header: 3 bytes");
    CHECK(complaint(kImages.substr(0, 15), kLabels) == image + "is too short for an IDX header of 16 bytes");
    CHECK(complaint("", kLabels) == image + "is too short for an IDX header: 0 bytes");
    CHECK(complaint(kImages.substr(0, 21), kLabels) == image + "holds 21 bytes, its header asks for 22");
    CHECK(complaint(kImages + "!", kLabels) == image + "holds 23 bytes, its header asks for 22");
    CHECK(complaint(idx({3, 0, 2}, ""), kLabels) == image + "has a dimension of size 0 at offset 8");
    CHECK(complaint(idx({0xffffffffu, 32768, 32768}, ""), kLabels) ==
          image + "holds 16 bytes, its header asks for 4611686017353646096");
    CHECK(complaint(idx({1, 32769, 1}, ""), kLabels) ==
          image + "has images of 32769 pixels a side, at most 32768 are allowed");
    CHECK(complaint(idx({1, (1u << 24) + 1}, ""), kLabels) ==
          image + "has a dimension of size 16777217, at most 16777216 are allowed");
    CHECK(complaint(idx({1, 1u << 24, 32768, 32768}, ""), kLabels) ==
          image + "has samples of 18014398509481984 bytes, at most 1073741824 are allowed");
    CHECK(complaint(kImages, idx({2}, "\1\1")) == label + "has 2 labels for the 3 images of train-images-idx3-ubyte");
    CHECK(complaint(kImages, idx({3}, "\1\1\x0a")) ==
          label + "label 10 of sample 2 at offset 10 is not below 10, the number of class_names");
    CHECK(complaint(kImages, idx({3}, big_endian<std::int16_t>({0, 9, -2}), '\x0b')) ==
          label + "label -2 of sample 2 at offset 12 is negative");
    CHECK(complaint(kImages, idx({3}, big_endian<std::int32_t>({0, 1 << 30, 1}), '\x0c')) ==
          label + "label 1073741824 of sample 1 at offset 12 is not below 10, the number of class_names");
    CHECK(complaint(kImages, idx({3}, big_endian<float>({0, 1, 1}), '\x0d')) ==
          label + "holds numbers with fractions, labels are whole ones");
    CHECK(complaint(kImages, idx({3, 1}, "\1\1\1")) == label + "has 2 dimensions, labels have one");
    const double huge = 1e300, nan = std::nan("");
    CHECK(complaint(idx({3, 2}, big_endian<double>({0, 1, 2, nan, 4, huge}), '\x0e'), kLabels) ==
          image + "the value at offset 36, of sample 1, is nan, not a finite float");
    CHECK(complaint(idx({3, 2}, big_endian<double>({0, 1, 2, 3, 4, huge}), '\x0e'), kLabels) ==
          image + "the value at offset 52, of sample 2, is inf, not a finite float");
  }

  TEST_CASE("idx: values of every type keep what they are, in one to four dimensions; labels of every whole type") {
    struct Case {
      std::vector<std::uint32_t> sizes;
      std::string values;
      char type;
      Shape shape;
      std::vector<float> read;  // as they stand in memory, all samples
    };
    const Case cases[] = {
        {{2}, "\7\xff", '\x08', {1}, {7, 255}},
        {{2, 3}, big_endian<std::int8_t>({1, -1, 127, -128, 0, 5}), '\x09', {3}, {1, -1, 127, -128, 0, 5}},
        {{2, 1, 2}, big_endian<std::int16_t>({-32768, 32767, 258, 0}), '\x0b', {1, 1, 2}, {-32768, 32767, 258, 0}},
        {{2, 2, 1, 2},  // channels first in the file, last in memory
         big_endian<std::int32_t>({1, 2, 3, 4, 5, 6, 70000, -8}),
         '\x0c',
         {2, 1, 2},
         {1, 3, 2, 4, 5, 70000, 6, -8}},
        {{2, 2, 1, 2}, "\1\2\3\4\5\6\7\x08", '\x08', {2, 1, 2}, {1, 3, 2, 4, 5, 7, 6, 8}},
        {{2, 2}, big_endian<float>({0.5f, -1e30f, 3, 0}), '\x0d', {2}, {0.5f, -1e30f, 3, 0}},
        {{2, 1, 1}, big_endian<double>({0.1, -2.5}), '\x0e', {1, 1, 1}, {0.1f, -2.5f}},
    };
    const std::string labels[] = {idx({2}, "\1\2"), idx({2}, "\1\2", '\x09'),
                                  idx({2}, big_endian<std::int16_t>({1, 2}), '\x0b'),
                                  idx({2}, big_endian<std::int32_t>({1, 2}), '\x0c')};
    for (std::size_t i = 0; i < std::size(cases); ++i) {
      const Case& c = cases[i];
      const TemporaryFolder folder;
      const std::string content = idx(c.sizes, c.values, c.type);
      const std::string yaml = "{train_images: \"" + folder.write("a", i % 2 == 0 ? content : gzip(content)) +
                               "\", train_labels: \"" + folder.write("b", labels[i % 4]) + "\"}";
      const Choice<Dataset> dataset = configure(datasets(), "idx", yaml);
      const std::unique_ptr<Samples> samples = dataset->open(Split::train, Workers(2));
      const Column& column = samples->spec().columns[0];
      CHECK(column.shape == c.shape);
      CHECK(column.spatial == c.shape.is_image());
      CHECK(column.element == (c.type == '\x08' ? Element::u8 : Element::f32));
      std::vector<float> read;
      for (std::int64_t s = 0; s < samples->count(); ++s) {
        Sample sample;
        samples->read(s, sample);
        for (std::int64_t v = 0; v < c.shape.count(); ++v)
          read.push_back(column.element == Element::u8 ? sample.data<std::uint8_t>(0)[v] : sample.data<float>(0)[v]);
        CHECK(*sample.data<std::int32_t>(1) == s + 1);
      }
      CHECK(read == c.read);
      const Outline outline = *dataset->outline(Split::train);
      CHECK(outline.count == 2);
      CHECK(outline.input == c.shape);
    }
  }

  TEST_CASE("idx: files are found by what their names say of type and rank; two of them are one too many") {
    const TemporaryFolder folder;
    folder.write("train-images-idx2-double", idx({1, 2}, big_endian<double>({1, 2}), '\x0e'));
    folder.write("train-labels-idx1-int.gz", gzip(idx({1}, big_endian<std::int32_t>({3}), '\x0c')));
    const Choice<Dataset> dataset = configure(datasets(), "idx", "{path: \"" + folder.path() + "\"}");
    CHECK(dataset->has(Split::train));
    CHECK_FALSE(dataset->has(Split::test));
    CHECK(dataset->open(Split::train, Workers(1))->spec().columns[0].shape == Shape{2});
    folder.write("train-images.idx3-ubyte", kImages);
    const std::string message = message_of<DataError>([&] { dataset->open(Split::train, Workers(1)); });
    CHECK_MESSAGE(message.find("two files could be meant, ") != std::string::npos, message);
  }

  TEST_CASE("idx: damaged gzip data are refused, bombs before memory is taken") {
    const std::string image = "train-images-idx3-ubyte.gz: error: ";
    const std::string good = gzip(kImages), labels = gzip(kLabels);
    CHECK(complaint(good, labels, ".gz") == "nothing was thrown");
    for (std::size_t size = 0; size < good.size(); ++size)
      CHECK(complaint(good.substr(0, size), labels, ".gz") != "nothing was thrown");
    CHECK(complaint(good.substr(0, good.size() - 1), labels, ".gz") ==
          image + "the gzip data are cut off after 22 of 22 bytes");
    CHECK(complaint(good + "x", labels, ".gz") == image + "1 bytes follow the gzip data");
    CHECK(complaint(good + good, labels, ".gz").find("bytes follow the gzip data") != std::string::npos);
    std::string flipped = good;
    flipped[good.size() - 6] ^= 1;  // of the checksum
    CHECK(complaint(flipped, labels, ".gz") == image + "damaged gzip data: incorrect data check");
    CHECK(complaint(gzip(kImages + "!"), labels, ".gz") ==
          image + "the gzip data hold more than the 22 bytes expected");
    CHECK(complaint(gzip(kImages.substr(0, 20)), labels, ".gz") == image + "the gzip data hold 20 bytes, 22 expected");
    CHECK(complaint(gzip(idx({60'000, 30'000, 30'000}, "")), labels, ".gz")
              .find("of gzip cannot hold the 54000000000016") != std::string::npos);
    CHECK(complaint(gzip(kImages + std::string(std::size_t{50} << 20, '\0')), labels, ".gz") ==
          image + "the gzip data hold more than the 22 bytes expected");
  }

  TEST_CASE("idx: a bit that is wrong anywhere in gzip data is noticed, or of no account") {
    std::string values;
    for (int i = 0; i < 64; ++i)
      values += std::string(static_cast<std::size_t>(i % 7), static_cast<char>(i * i)) + "ab";
    const std::string images = idx({1, 1, static_cast<std::uint32_t>(values.size())}, values), good = gzip(images);
    const TemporaryFolder folder;
    folder.write("train-labels-idx1-ubyte", idx({1}, "\1"));
    int accepted = 0;
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
      std::string flipped = good;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      folder.write("train-images-idx3-ubyte.gz", flipped);
      std::string pixels = values;
      const std::string message = message_of<Error>([&] { pixels = pixels_of(load(folder)); });
      accepted += message == "nothing was thrown" ? 1 : 0;
      CHECK(pixels == values);
    }
    CHECK(accepted >= 8 * 4);  // the time of packing
    CHECK(accepted < 8 * 10);  // gzip's header
  }

  TEST_CASE("idx: a folder without the files says which") {
    const TemporaryFolder folder;
    CHECK(message_of<DataError>([&] { load(folder); }) ==
          folder.path() + ": error: holds neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz");
  }

  TEST_CASE("natural_less: digits compare as numbers, everything else bytewise, never equal for different names") {
    const std::vector<std::string_view> ordered = {"", "01", "1", "2", "10", "B", "a", "a2b", "a02c", "a10", "b"};
    for (std::size_t i = 0; i < ordered.size(); ++i)
      for (std::size_t j = 0; j < ordered.size(); ++j) CHECK(natural_less(ordered[i], ordered[j]) == (i < j));
  }
}
}  // namespace cnnctl
