#include "data/transform.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/message.hpp"
#include "configure.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

using Floats = std::vector<float>;

/// The picture that the transform makes of this one, with the random numbers of stream `draw`.
Floats apply(const Choice<Transform>& transform, std::int64_t height, std::int64_t width, std::int64_t channels,
             Floats pixels, std::uint64_t draw = 0, Floats mean = {}, bool classes = false) {
  mean.resize(static_cast<std::size_t>(channels));
  Floats spare(pixels.size());
  Rng rng(1, Purpose::augment, 0, draw);
  Plane plane{height, width, channels, pixels.data(), spare.data(), mean.data(), classes};
  transform->apply({&plane, 1}, rng);
  return {plane.values, plane.values + plane.height * plane.row()};
}

SampleSpec pictures(std::int64_t height, std::int64_t width) { return picture_and_class({3, height, width}, {"a"}); }

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("flips: exchange sides, channels stay together, p says how often") {
    const Floats two_by_two{1, 2, 3, 4, 5, 6, 7, 8};  // (2, 2, 2)
    CHECK(apply(configure(transforms(), "horizontal_flip", "1"), 2, 2, 2, two_by_two) ==
          Floats{3, 4, 1, 2, 7, 8, 5, 6});
    CHECK(apply(configure(transforms(), "vertical_flip", "{p: 1}"), 2, 2, 2, two_by_two) ==
          Floats{5, 6, 7, 8, 1, 2, 3, 4});
    CHECK(apply(configure(transforms(), "horizontal_flip", "0"), 2, 2, 2, two_by_two) == two_by_two);
    CHECK(apply(configure(transforms(), "horizontal_flip", "1"), 1, 3, 1, {1, 2, 3}) == Floats{3, 2, 1});
    CHECK(apply(configure(transforms(), "vertical_flip", "1"), 3, 1, 1, {1, 2, 3}) == Floats{3, 2, 1});
    int flipped = 0;
    for (std::uint64_t draw = 0; draw < 2000; ++draw)
      flipped += apply(configure(transforms(), "horizontal_flip", "{p: 0.3}"), 1, 2, 1, {1, 2}, draw) == Floats{2, 1};
    CHECK(flipped > 520);
    CHECK(flipped < 680);
  }

  TEST_CASE("random_crop: every shift within the padding, each as often, black or the mean from outside") {
    std::map<Floats, int> seen;
    const Choice<Transform> crop = configure(transforms(), "random_crop", "1");
    for (std::uint64_t draw = 0; draw < 3000; ++draw) ++seen[apply(crop, 1, 3, 1, {1, 2, 3}, draw)];
    CHECK(seen.size() == 4);
    for (const auto& [picture, count] : seen) {
      const bool empty = picture == Floats{0, 0, 0};  // shifted up or down
      CHECK((empty || picture == Floats{1, 2, 3} || picture == Floats{0, 1, 2} || picture == Floats{2, 3, 0}));
      CHECK(count == doctest::Approx(empty ? 2000 : 333).epsilon(0.2));
    }
    std::set<Floats> with_mean;
    const Choice<Transform> mean = configure(transforms(), "random_crop", "{padding: 1, fill: mean}");
    for (std::uint64_t draw = 0; draw < 100; ++draw) with_mean.insert(apply(mean, 1, 2, 2, {1, 2, 3, 4}, draw, {8, 9}));
    CHECK(with_mean == std::set<Floats>{{1, 2, 3, 4}, {8, 9, 1, 2}, {3, 4, 8, 9}, {8, 9, 8, 9}});
  }

  TEST_CASE("random_crop: cuts out another size anywhere, each place as often") {
    const Choice<Transform> crop = configure(transforms(), "random_crop", "{size: [1, 2], padding: 1}");
    CHECK(crop->plan(pictures(1, 3)).columns[0].shape == Shape{3, 1, 2});
    std::map<Floats, int> seen;
    for (std::uint64_t draw = 0; draw < 4000; ++draw) ++seen[apply(crop, 1, 3, 1, {1, 2, 3}, draw)];
    CHECK(seen.size() == 5);
    for (const auto& [picture, count] : seen) {
      const bool empty = picture == Floats{0, 0};
      CHECK((empty || picture == Floats{0, 1} || picture == Floats{1, 2} || picture == Floats{2, 3} ||
             picture == Floats{3, 0}));
      CHECK(count == doctest::Approx(empty ? 2667 : 333).epsilon(0.2));
    }
    CHECK(message_of<ShapeError>([&] { configure(transforms(), "random_crop", "{size: 4}")->plan(pictures(8, 3)); }) ==
          "4x4 (height x width) cannot be cut out of 8x3 with 0 pixels around it");
    CHECK(message_of<ConfigError>([] {
            configure(transforms(), "random_crop", "{padding: 0}");
          }).find("random_crop needs padding, or size, or both") != std::string::npos);
  }

  TEST_CASE("transforms: classes of positions are never mixed") {
    const Choice<Transform> twice = configure(transforms(), "random_affine", "{scale: [2, 2], fill: mean}");
    CHECK(apply(twice, 1, 5, 1, {0, 10, 20, 40, 80}, 0, {7}, true) == Floats{10, 20, 20, 40, 40});
    const Choice<Transform> half = configure(transforms(), "random_affine", "{scale: [0.5, 0.5]}");
    CHECK(apply(half, 1, 5, 1, {1, 10, 20, 40, 80}, 0, {}, true) == Floats{0, 1, 20, 80, 0});
  }

  TEST_CASE("transforms: samples without an image, or with images of several sizes, cannot be planned") {
    SampleSpec spec = pictures(4, 4);
    spec.columns.push_back({"mask", Element::i32, {1, 4, 5}, true, false});
    CHECK(message_of<ShapeError>([&] { plane_size(spec); }) ==
          "the images of a sample are 4x4 and 4x5 (height x width), and must be of one size");
    spec.columns = {spec.columns[1]};
    CHECK(message_of<ShapeError>([&] { plane_size(spec); }) == "samples have no image");
  }

  TEST_CASE("random_affine: without settings nothing changes, bit for bit") {
    Floats pixels;
    for (int i = 0; i < 5 * 4 * 3; ++i) pixels.push_back(static_cast<float>(i * 4));
    CHECK(apply(configure(transforms(), "random_affine"), 5, 4, 3, pixels, 3) == pixels);
  }

  TEST_CASE("random_affine: scaling by two keeps the centre and spreads its surroundings") {
    const Choice<Transform> twice = configure(transforms(), "random_affine", "{scale: [2, 2]}");
    CHECK(apply(twice, 1, 5, 1, {0, 10, 20, 40, 80}) == Floats{10, 15, 20, 30, 40});
    const Choice<Transform> half = configure(transforms(), "random_affine", "{scale: [0.5, 0.5], fill: mean}");
    CHECK(apply(half, 1, 5, 1, {0, 10, 20, 40, 80}, 0, {7}) == Floats{7, 0, 20, 80, 7});
  }

  TEST_CASE("random_affine: a half turn of any draw stays within the range of the pixels") {
    const Choice<Transform> all = configure(transforms(), "random_affine",
                                            "{degrees: 180, translate: 0.3, scale: [0.5, 2], shear: 30, fill: mean}");
    std::set<Floats> seen;
    for (std::uint64_t draw = 0; draw < 200; ++draw) {
      const Floats picture = apply(all, 3, 3, 1, {50, 60, 70, 80, 90, 100, 110, 120, 130}, draw, {77});
      for (const float value : picture) CHECK((value > 49.99f && value < 130.01f));
      seen.insert(picture);
    }
    CHECK(seen.size() == 200);
  }

  TEST_CASE("random_affine: settings that mean nothing are refused") {
    const auto message = [](const std::string& yaml) {
      return message_of<ConfigError>([&] { configure(transforms(), "random_affine", yaml); });
    };
    CHECK(message("{scale: [1.1, 0.9]}").find("scale takes two numbers, the lower first: [0.9, 1.1]") !=
          std::string::npos);
    CHECK(message("{scale: [1]}").find("scale takes two numbers") != std::string::npos);
    CHECK(message("{degrees: 200}").find("degrees") != std::string::npos);
  }

  TEST_CASE("center_crop: of two middles the even one, and what is larger stands in the middle of black") {
    const auto cropped = [](const std::string& yaml, std::int64_t width, Floats pixels) {
      pixels.resize(16);
      const Choice<Transform> crop = configure(transforms(), "center_crop", yaml);
      Floats all = apply(crop, 1, width, 1, pixels);
      return all;
    };
    CHECK(cropped("[1, 2]", 4, {1, 2, 3, 4}) == Floats{2, 3});
    CHECK(cropped("[1, 2]", 5, {1, 2, 3, 4, 5}) == Floats{3, 4});        // torchvision rounds 1.5 to 2
    CHECK(cropped("[1, 4]", 5, {1, 2, 3, 4, 5}) == Floats{1, 2, 3, 4});  // and 0.5 to 0
    CHECK(cropped("[1, 5]", 2, {1, 2}) == Floats{0, 1, 2, 0, 0});
  }

  TEST_CASE("pad: torchvision's four modes, and mirrors that mirror again") {
    const auto padded = [](const std::string& yaml, std::int64_t width, Floats pixels) {
      pixels.resize(300);
      const Choice<Transform> pad = configure(transforms(), "pad", yaml);
      const Floats all = apply(pad, 1, width, 1, pixels);
      const auto row = static_cast<std::ptrdiff_t>(pad->plan(pictures(1, width)).columns[0].shape.width());
      const std::ptrdiff_t middle = (std::ssize(all) / row / 2) * row;
      return Floats(all.begin() + middle, all.begin() + middle + row);
    };
    CHECK(padded("2", 4, {1, 2, 3, 4}) == Floats{0, 0, 1, 2, 3, 4, 0, 0});
    CHECK(padded("{padding: 2, padding_mode: edge}", 4, {1, 2, 3, 4}) == Floats{1, 1, 1, 2, 3, 4, 4, 4});
    CHECK(padded("{padding: 2, padding_mode: reflect}", 4, {1, 2, 3, 4}) == Floats{3, 2, 1, 2, 3, 4, 3, 2});
    CHECK(padded("{padding: 2, padding_mode: symmetric}", 4, {1, 2, 3, 4}) == Floats{2, 1, 1, 2, 3, 4, 4, 3});
    CHECK(padded("{padding: 4, padding_mode: reflect}", 3, {1, 2, 3}) == Floats{1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3});
    CHECK(padded("{padding: 3, padding_mode: symmetric}", 2, {1, 2}) == Floats{2, 2, 1, 1, 2, 2, 1, 1});
  }

  TEST_CASE("random_resized_crop: scales as torchvision with antialias, and takes the middle where nothing fits") {
    const Choice<Transform> half =
        configure(transforms(), "random_resized_crop", "{size: [1, 3], scale: [1, 1], ratio: [6, 6]}");
    const Floats shrunk = apply(half, 1, 6, 1, {0, 60, 120, 60, 0, 240});
    CHECK(shrunk[0] == doctest::Approx(42.85714f));
    CHECK(shrunk[1] == doctest::Approx(75));
    CHECK(shrunk[2] == doctest::Approx(111.42857f));
    CHECK(apply(half, 1, 6, 1, {1, 2, 3, 4, 5, 6}, 0, {}, true) == Floats{2, 4, 6});
    const Choice<Transform> square =
        configure(transforms(), "random_resized_crop", "{size: 2, ratio: [1, 1], scale: [1, 1]}");
    CHECK(apply(square, 2, 6, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) == Floats{3, 4, 9, 10});
    const auto refused = [](const std::string& yaml) {
      return message_of<ConfigError>([&] { configure(transforms(), "random_resized_crop", yaml); });
    };
    CHECK(refused("{size: 2, scale: [0.5, 0.1]}").find("scale takes two numbers, the lower first") !=
          std::string::npos);
    CHECK(refused("{size: 2, ratio: [2]}").find("ratio takes two numbers, the lower first") != std::string::npos);
    CHECK(refused("").find("size") != std::string::npos);
  }

  TEST_CASE("random_rotation: counter-clockwise, as torchvision") {
    const Choice<Transform> quarter = configure(transforms(), "random_rotation", "{degrees: [90, 90]}");
    CHECK(apply(quarter, 3, 3, 1, {1, 2, 3, 4, 5, 6, 7, 8, 9}) == Floats{3, 6, 9, 2, 5, 8, 1, 4, 7});
  }

  TEST_CASE("after and until: in these epochs alone, and never where that changes the size") {
    const auto acting = [](const std::string& yaml) {
      const Choice<Transform> flip = configure(transforms(), "horizontal_flip", yaml);
      std::vector<std::int64_t> epochs;
      for (std::int64_t epoch = 0; epoch < 5; ++epoch)
        if (flip->acts_in(epoch)) epochs.push_back(epoch + 1);
      return epochs;
    };
    using Epochs = std::vector<std::int64_t>;
    CHECK(acting("") == Epochs{1, 2, 3, 4, 5});
    CHECK(acting("{after: 2}") == Epochs{3, 4, 5});
    CHECK(acting("{until: 2}") == Epochs{1, 2});
    CHECK(acting("{p: 1, after: 1, until: 3}") == Epochs{2, 3});
    CHECK(message_of<ConfigError>([] {
            configure(transforms(), "random_invert", "{after: 3, until: 3}");
          }).find("until must be larger than after") != std::string::npos);
    const Choice<Transform> crop = configure(transforms(), "random_crop", "{size: [3, 2], after: 1}");
    CHECK(crop->plan(pictures(3, 2)).columns[0].shape == Shape{3, 3, 2});
    CHECK(message_of<ShapeError>([&] { crop->plan(pictures(4, 4)); }) ==
          "makes 3x2 (height x width) of 4x4, which it must do in every epoch: leave out after and until");
  }
}
}  // namespace cnnctl
