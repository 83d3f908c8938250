#include "tensor/shape.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/error.hpp"
#include "base/message.hpp"

using cnnctl::testing::message_of;

namespace cnnctl {
TEST_SUITE("tensor") {
  TEST_CASE("shape: an image and a vector") {
    const Shape image{3, 32, 24}, vector{120};
    CHECK(image.is_image());
    CHECK(image.rank() == 3);
    CHECK(image.channels() == 3);
    CHECK(image.height() == 32);
    CHECK(image.width() == 24);
    CHECK(image.count() == 3 * 32 * 24);
    CHECK(image.axes() == 2);
    CHECK(image.positions() == 32 * 24);
    CHECK(image.extent(0) == 24);
    CHECK(image.extent(1) == 32);
    CHECK_THROWS_AS(image.extent(2), std::logic_error);
    CHECK(image.str() == "3x32x24");
    CHECK(!vector.is_image());
    CHECK(vector.channels() == 120);
    CHECK_THROWS_AS(vector.height(), std::logic_error);
    CHECK_THROWS_AS(vector.width(), std::logic_error);
    CHECK(vector.axes() == 0);
    CHECK(vector.positions() == 1);
    CHECK(vector.str() == "120");
  }

  TEST_CASE("shape: a sequence and a volume drop no axis") {
    const Shape sequence{4, 100}, volume{2, 5, 6, 7};
    CHECK(sequence.positions() == 100);
    CHECK(sequence.extent(0) == 100);
    CHECK_THROWS_AS(sequence.width(), std::logic_error);
    CHECK(volume.axes() == 3);
    CHECK(volume.positions() == 5 * 6 * 7);
    CHECK(volume.extent(2) == 5);
    CHECK_THROWS_AS(volume.height(), std::logic_error);
    CHECK(volume.with_channels(9) == Shape{9, 5, 6, 7});
    CHECK(sequence.with_channels(1).str() == "1x100");
  }

  TEST_CASE("shape: none at all is a scalar") {
    const Shape none;
    CHECK(none.axes() == 0);
    CHECK(none.positions() == 1);
    CHECK_THROWS_AS(none.with_channels(1), std::logic_error);
    CHECK(none.rank() == 0);
    CHECK(none.count() == 1);
    CHECK(none.str() == "scalar");
  }

  TEST_CASE("shape: equality looks at rank and sizes") {
    CHECK(Shape{2, 3} == Shape{2, 3});
    CHECK(Shape{2, 3} != Shape{3, 2});
    CHECK(Shape{2} != Shape{2, 1});
    const std::vector<std::int64_t> sizes = {4, 5, 6};
    const Shape shape{std::span<const std::int64_t>(sizes)};
    CHECK(shape == Shape{4, 5, 6});
    CHECK(std::vector<std::int64_t>(shape.sizes().begin(), shape.sizes().end()) == sizes);
  }

  TEST_CASE("shape: more values than can be meant are refused, not wrapped") {
    constexpr std::int64_t kMillion = 1 << 20;
    CHECK(Shape{kMillion, kMillion}.count() == std::int64_t{1} << 40);
    CHECK(message_of<ShapeError>([&] {
            (void)Shape{kMillion, kMillion, 2}.count();
          }) == "a shape of 1048576x1048576x2 has more than 2^40 values");
    CHECK_THROWS_AS((void)Shape({kMillion, kMillion, kMillion, kMillion}).count(), ShapeError);
    CHECK_THROWS_AS((void)Shape({1, kMillion, kMillion, kMillion}).positions(), ShapeError);
    constexpr std::int64_t kLargest = INT64_MAX;
    CHECK_THROWS_AS((void)Shape({kLargest, kLargest, kLargest, kLargest}).count(), ShapeError);
    CHECK(message_of<ShapeError>([&] { (void)Shape{-1, 2}.count(); }) == "a shape of -1x2 has a negative size");
    const std::vector<std::int64_t> filters = {2, 3, 4, 5,
                                               6};  // arrays of parameters may have more sizes than a sample
    CHECK(count_of(filters) == 720);
    CHECK(Shape{0, kMillion}.count() == 0);
  }

  TEST_CASE("shape: five dimensions are a mistake of the programmer") {
    CHECK_THROWS_AS((Shape{1, 2, 3, 4, 5}), std::logic_error);
  }
}
}  // namespace cnnctl
