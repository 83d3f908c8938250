// Transforms by themselves, for comparisons with torchvision: what one makes of a picture, and how long a batch takes.
//
//   cnnctl_transforms apply H W STREAM KIND YAML      a picture, and after it where its pixels come from: (x, y, 1)
//   cnnctl_transforms operation H W NUMBER STRENGTH   one of data/transforms/operation.hpp
//   cnnctl_transforms affine H W ANGLE X Y SCALE SHEAR_X SHEAR_Y   degrees and pixels; bilinear
//   cnnctl_transforms bench BATCH THREADS H W LIST    for each line of stdin one batch; prints its milliseconds
//
// Pictures are (H, W, 3) floats in 0..255, from stdin and to stdout, behind a line that tells the new size.
#include <chrono>
#include <cmath>
#include <iostream>
#include <numbers>
#include <numeric>
#include <sstream>

#include "base/error.hpp"
#include "config/codec.hpp"
#include "config/yaml.hpp"
#include "data/catalog.hpp"
#include "data/filler.hpp"
#include "data/transforms/operation.hpp"

namespace cnnctl {
namespace {

std::vector<Choice<Transform>> list_of(const std::string& yaml) {
  struct List {
    std::vector<Choice<Transform>> augment;
    void fields(Fields& f) { f.optional("augment", augment, transforms(), "the transforms"); }
  } list;
  Diagnostics diagnostics;
  read_fields(list, parse_yaml("augment: " + yaml, "arguments", diagnostics), "arguments", diagnostics);
  diagnostics.throw_if_errors();
  return list.augment;
}

/// A picture and the places of its pixels, with room for a larger one.
class Pair {
 public:
  Pair(std::int64_t height, std::int64_t width) {
    constexpr std::int64_t kRoom = 1 << 20;
    for (Floats* floats : {&picture_, &picture_spare_, &places_, &places_spare_}) floats->resize(kRoom * 3);
    std::cin.read(reinterpret_cast<char*>(picture_.data()), height * width * 3 * std::int64_t{sizeof(float)});
    float* to = places_.data();
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x, to += 3)
        to[0] = static_cast<float>(x), to[1] = static_cast<float>(y), to[2] = 1;
    planes.push_back({height, width, 3, picture_.data(), picture_spare_.data(), mean_, false, 255});
    planes.push_back({height, width, 3, places_.data(), places_spare_.data(), mean_, false, 0});
  }
  void write() const {
    std::cout << planes[0].height << ' ' << planes[0].width << '\n';
    for (const Plane& plane : planes)
      std::cout.write(reinterpret_cast<const char*>(plane.values),
                      plane.height * plane.row() * std::int64_t{sizeof(float)});
  }

  std::vector<Plane> planes;

 private:
  using Floats = std::vector<float>;
  Floats picture_, picture_spare_, places_, places_spare_;
  float mean_[3] = {};
};

void bench(std::int64_t batch_size, int threads, std::int64_t height, std::int64_t width, const std::string& yaml) {
  const std::vector<Choice<Transform>> list = list_of(yaml);
  const SampleSpec spec = picture_and_class({3, height, width}, {"one"});
  MemorySamples::Values pixels, classes;
  Rng rng(1, Purpose::synthetic);
  for (std::int64_t i = 0; i < batch_size * height * width * 3; ++i)
    pixels.bytes.push_back(static_cast<std::uint8_t>(rng.next()));
  classes.bytes.resize(static_cast<std::size_t>(batch_size) * sizeof(std::int32_t));
  const MemorySamples samples(spec, batch_size, {pixels, classes});
  SampleSpec planned = spec;
  for (const Choice<Transform>& transform : list) planned = transform->plan(planned);
  const Pipeline pipeline{.picture = {3, height, width},
                          .input = planned.column("image").shape,
                          .normalization = {{0.5, 0.5, 0.5}, {0.2, 0.2, 0.2}}};
  const Workers workers(threads);
  Filler filler(samples, pipeline, list, 1);
  Batch batch(batch_spec(samples.spec(), pipeline), batch_size);
  std::vector<std::uint32_t> all(static_cast<std::size_t>(batch_size));
  std::iota(all.begin(), all.end(), 0u);
  std::int64_t epoch = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const auto begin = std::chrono::steady_clock::now();
    filler.fill(workers, epoch++, all, batch);
    std::cout << std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count()
              << std::endl;
  }
}

int run(const std::vector<std::string>& words) {
  const auto number = [&](std::size_t i) { return std::stod(words.at(i)); };
  const auto whole = [&](std::size_t i) { return std::stoll(words.at(i)); };
  if (words.at(0) == "bench") {
    bench(whole(1), static_cast<int>(whole(2)), whole(3), whole(4), words.at(5));
    return 0;
  }
  Pair pair(whole(1), whole(2));
  if (words[0] == "apply") {
    Rng rng(1, Purpose::augment, 0, static_cast<std::uint64_t>(whole(3)));
    list_of("[{" + words.at(4) + ": " + words.at(5) + "}]")[0]->apply(pair.planes, rng);
  } else if (words[0] == "operation") {
    perform(pair.planes, static_cast<Operation>(whole(3)), number(4), {.interpolation = Interpolation::nearest});
  } else {
    constexpr double kDegree = std::numbers::pi / 180;
    resample(pair.planes, Resampling(),
             inverse_affine(number(3) * kDegree, number(4), number(5), number(6), std::tan(number(7) * kDegree),
                            std::tan(number(8) * kDegree)));
  }
  pair.write();
  return 0;
}

}  // namespace
}  // namespace cnnctl

int main(int argc, char** argv) {
  try {
    return cnnctl::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "cnnctl_transforms: error: " << error.what() << '\n';
    return 2;
  }
}
