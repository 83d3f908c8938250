// What changes colours, at stated strengths: values as torchvision 0.14 gives them, to rounding.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/message.hpp"
#include "configure.hpp"
#include "data/transform.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

using Floats = std::vector<float>;

/// What becomes of the pixels of a picture of three channels.
Floats repainted(const char* kind, const std::string& yaml, std::int64_t height, std::int64_t width, Floats pixels,
                 std::uint64_t draw = 0, float white = 255) {
  const Choice<Transform> transform = configure(transforms(), kind, yaml);
  Floats spare(pixels.size());
  const float mean[] = {10, 20, 30};
  Rng rng(1, Purpose::augment, 0, draw);
  const auto channels = static_cast<std::int64_t>(pixels.size()) / (height * width);
  Plane plane{height, width, channels, pixels.data(), spare.data(), mean, false, white};
  transform->apply({&plane, 1}, rng);
  return {plane.values, plane.values + plane.height * plane.row()};
}

bool close(const Floats& a, const Floats& b) {
  bool good = a.size() == b.size();
  for (std::size_t i = 0; good && i < a.size(); ++i) good = std::abs(a[i] - b[i]) < 0.02f;
  if (!good)
    for (const float value : a) MESSAGE(value);
  return good;
}

const Floats kPair{200, 100, 50, 10, 20, 30};  // two pixels

std::string complaint(const char* kind, const std::string& yaml) {
  return message_of<ConfigError>([&] { configure(transforms(), kind, yaml); });
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("color_jitter: torchvision's values at stated factors") {
    const auto jitter = [](const std::string& yaml) { return repainted("color_jitter", yaml, 1, 2, kPair); };
    CHECK(close(jitter("{brightness: [1.5, 1.5]}"), {255, 150, 75, 15, 30, 45}));
    CHECK(close(jitter("{contrast: [0.5, 0.5]}"), {135.582f, 85.582f, 60.582f, 40.582f, 45.582f, 50.582f}));
    CHECK(close(jitter("{saturation: [2, 2]}"), {255.000f, 75.820f, 0.000f, 1.851f, 21.851f, 41.851f}));
    CHECK(close(jitter("{hue: [0.25, 0.25]}"), {75.000f, 200.000f, 50.000f, 30.000f, 10.000f, 30.000f}));
    CHECK(close(jitter("{hue: [-0.4, -0.4]}"), {50.000f, 60.000f, 200.000f, 28.000f, 30.000f, 10.000f}));
    CHECK(jitter("{brightness: [1, 1], contrast: 0, saturation: 0, hue: 0}") == kPair);
    CHECK(close(repainted("color_jitter", "{brightness: [2, 2]}", 1, 1, {0.25f, 0.5f, 0.75f}, 0, 1), {0.5f, 1, 1}));
  }

  TEST_CASE("color_jitter: the order is random, and a number means around 1") {
    std::set<Floats> seen;
    for (std::uint64_t draw = 0; draw < 50; ++draw)
      seen.insert(repainted("color_jitter", "{brightness: [0.5, 0.5], contrast: [2, 2]}", 1, 2, kPair, draw));
    CHECK(seen.size() == 2);
    float least = 255, most = 0;
    for (std::uint64_t draw = 0; draw < 500; ++draw) {
      const float value = repainted("color_jitter", "{brightness: 0.3}", 1, 1, {100, 100, 100}, draw)[0];
      least = std::min(least, value);
      most = std::max(most, value);
    }
    CHECK(least == doctest::Approx(70).epsilon(0.02));
    CHECK(most == doctest::Approx(130).epsilon(0.02));
  }

  TEST_CASE("random_*: torchvision's values") {
    CHECK(close(repainted("random_grayscale", "1", 1, 2, kPair),
                {124.180f, 124.180f, 124.180f, 18.149f, 18.149f, 18.149f}));
    CHECK(repainted("random_invert", "1", 1, 2, kPair) == Floats{55, 155, 205, 245, 235, 225});
    CHECK(repainted("random_posterize", "{bits: 3, p: 1}", 1, 2, kPair) == Floats{192, 96, 32, 0, 0, 0});
    CHECK(repainted("random_solarize", "{threshold: 100, p: 1}", 1, 2, kPair) == Floats{55, 155, 50, 10, 20, 30});
    CHECK(close(repainted("random_gamma", "{gamma: [2, 2]}", 1, 2, kPair),
                {156.863f, 39.216f, 9.804f, 0.392f, 1.569f, 3.529f}));
    CHECK(close(repainted("random_autocontrast", "1", 1, 2, kPair), {255, 255, 255, 0, 0, 0}));
    CHECK(
        close(repainted("random_adjust_sharpness", "{sharpness_factor: 2, p: 1}", 3, 3, {1, 2, 3, 4, 150, 6, 7, 8, 9}),
              {1, 2, 3, 4, 239.231f, 6, 7, 8, 9}));
  }

  TEST_CASE("random_equalize: as torchvision, by histogram") {
    Floats levels, wanted;
    for (int i = 0; i < 600; ++i) levels.push_back(static_cast<float>(100 + i % 3));
    for (int i = 0; i < 600; ++i) wanted.push_back(i % 3 == 0 ? 0.0f : i % 3 == 1 ? 200.0f : 255.0f);
    CHECK(repainted("random_equalize", "1", 20, 30, levels) == wanted);
    CHECK(repainted("random_equalize", "1", 1, 2, kPair) == kPair);  // too few pixels
  }

  TEST_CASE("gaussian_blur and motion_blur: a point becomes the curve, and what is even stays") {
    CHECK(close(repainted("gaussian_blur", "{kernel_size: [1, 3], sigma: 1}", 1, 5, {0, 0, 100, 0, 0}),
                {0, 27.4069f, 45.1863f, 27.4069f, 0}));
    CHECK(close(repainted("gaussian_blur", "{kernel_size: [3, 1], sigma: 1}", 3, 1, {0, 0, 100}),
                {0, 27.4069f, 45.1863f}));
    CHECK(close(repainted("motion_blur", "{length: [3, 3], degrees: 0}", 1, 5, {0, 0, 90, 0, 0}), {0, 30, 30, 30, 0}));
    CHECK(close(repainted("motion_blur", "", 4, 3, Floats(12, 77)), Floats(12, 77)));
  }

  TEST_CASE("noise: mean and deviation are as said, and salt is as frequent as pepper") {
    const auto moments = [](const Floats& values) {
      double sum = 0, squares = 0;
      for (const float v : values)
        sum += static_cast<double>(v), squares += static_cast<double>(v) * static_cast<double>(v);
      const double mean = sum / static_cast<double>(values.size());
      return std::pair(mean, std::sqrt(squares / static_cast<double>(values.size()) - mean * mean));
    };
    const Floats grey(10000, 100);
    const auto [mean, deviation] = moments(repainted("gaussian_noise", "{sigma: 0.05, mean: 0.1}", 100, 100, grey));
    CHECK(mean == doctest::Approx(125.5).epsilon(0.01));
    CHECK(deviation == doctest::Approx(12.75).epsilon(0.03));
    for (const double photons : {20.0, 2000.0}) {  // either way to draw a Poisson number
      const auto [level, spread] = moments(
          repainted("shot_noise", "{photons: [" + std::to_string(photons) + ", " + std::to_string(photons) + "]}", 100,
                    100, grey));
      CHECK(level == doctest::Approx(100).epsilon(0.02));
      CHECK(spread == doctest::Approx(std::sqrt(100 * 255 / photons)).epsilon(0.03));
    }
    int black = 0, white = 0;
    for (const float value : repainted("salt_and_pepper", "0.2", 100, 100, grey)) {
      black += value == 0;
      white += value == 255;
    }
    CHECK(black == doctest::Approx(1000).epsilon(0.12));
    CHECK(white == doctest::Approx(1000).epsilon(0.12));
  }

  TEST_CASE("jpeg: even areas stay, the worst quality leaves little of the rest") {
    Floats stripes;
    for (int i = 0; i < 16 * 16; ++i) stripes.push_back(i % 2 == 0 ? 90.0f : 110.0f);
    CHECK(close(repainted("jpeg", "1", 16, 16, Floats(256, 128)), Floats(256, 128)));
    const Floats worst = repainted("jpeg", "1", 16, 16, stripes);
    CHECK(std::set<float>(worst.begin(), worst.end()).size() == 1);
    CHECK(repainted("jpeg", "100", 16, 16, stripes) == stripes);
    CHECK(repainted("jpeg", "90", 2, 1, {1, 2, 3, 4}).size() == 4);  // two channels, each by itself
  }

  TEST_CASE("random_erasing, cutout and random_bars: as much is painted as was said, with what was said") {
    const auto painted = [](const Floats& picture) { return std::count(picture.begin(), picture.end(), 10.0f); };
    for (std::uint64_t draw = 0; draw < 20; ++draw) {
      const Floats ones(400, 1);
      CHECK(painted(repainted("random_erasing", "{p: 1, scale: [0.25, 0.25], ratio: [1, 1]}", 20, 20, ones, draw)) ==
            100);
      const auto squares = painted(repainted("cutout", "6", 20, 20, ones, draw));
      CHECK((squares >= 9 && squares <= 36));
      CHECK(painted(repainted("random_bars", "{p: 1, width: [0.1, 0.1]}", 20, 20, ones, draw)) == 40);
      for (const float value : repainted("cutout", "{length: 40, fill: black}", 20, 20, ones, draw)) CHECK(value == 0);
    }
  }

  TEST_CASE("what changes colours is refused where the input is no picture") {
    SampleSpec numbers = picture_and_class({1, 4, 4}, {"a"});
    numbers.columns[0].element = Element::f32;
    for (const char* kind : {"random_invert", "rand_augment"}) {
      const Choice<Transform> transform = configure(transforms(), kind);
      CHECK(message_of<ShapeError>([&] { transform->plan(numbers); }) ==
            "changes pixels, but 'image' holds numbers that are none");
      numbers.columns[0].unit = true;  // a picture of 16 bits
      CHECK_NOTHROW(transform->plan(numbers));
      numbers.columns[0].unit = false;
    }
  }

  TEST_CASE("settings of colours that mean nothing are refused") {
    const auto says = [](const char* kind, const std::string& yaml, const std::string& what) {
      return complaint(kind, yaml).find(what) != std::string::npos;
    };
    CHECK(says("color_jitter", "{contrast: [2, 1]}", "contrast takes one number, or two, the lower first"));
    CHECK(says("color_jitter", "{hue: -0.1}", "hue takes one positive number"));
    CHECK(says("color_jitter", "{hue: 0.6}", "hue"));
    CHECK(says("gaussian_blur", "4", "kernel_size must be odd"));
    CHECK(says("gaussian_blur", "{kernel_size: 3, sigma: [2, 1]}", "sigma takes one number or two"));
    CHECK(says("random_posterize", "9", "bits"));
    CHECK(says("random_posterize", "", "bits"));
    CHECK(says("jpeg", "[90, 30]", "quality takes one number or two, the lower first"));
    CHECK(says("rand_augment", "{magnitude: 31}", "magnitude must be less than num_magnitude_bins"));
    CHECK(says("auto_augment", "cifar", "policy must be one of imagenet, cifar10, svhn"));
  }
}
}  // namespace cnnctl
