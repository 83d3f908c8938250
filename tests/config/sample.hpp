// A small catalogue and an object with every kind of field, for the tests of this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/fields.hpp"

namespace cnnctl {

enum class Reduction { mean, sum, none };
template <>
struct Words<Reduction> {
  static constexpr std::pair<std::string_view, Reduction> list[] = {
      {"mean", Reduction::mean}, {"sum", Reduction::sum}, {"none", Reduction::none}};
};

}  // namespace cnnctl

namespace cnnctl::testing {

class Shape2d {
 public:
  virtual ~Shape2d() = default;
  virtual void fields(Fields& f) = 0;
};

class Conv final : public Shape2d {
 public:
  void fields(Fields& f) override {
    f.required("out_channels", out_channels, "number of filters", at_least(1));
    f.required("kernel_size", kernel_size, "one number or [height, width]", per_axis(2, at_least(1)));
    f.optional("stride", stride, "step between windows; default: kernel_size", per_axis(2, at_least(1)));
    f.optional("padding", padding, "values added at the border", per_axis(2, {}));
    f.optional("bias", bias, "add a trained number to each channel");
    f.check(out_channels != 13, "out_channels", "13 filters bring bad luck");
  }
  std::int64_t out_channels = 0;
  Sizes kernel_size;
  std::optional<Sizes> stride;
  Padding padding;
  bool bias = true;
};

class Drop final : public Shape2d {
 public:
  void fields(Fields& f) override {
    f.shorthand("p");
    f.optional("p", p, "share of values set to zero", fraction());
  }
  double p = 0.5;
};

class Bare final : public Shape2d {
 public:
  void fields(Fields&) override {}
};

inline constexpr Kind<Shape2d> kConv =
    kind_of<Shape2d, Conv>("conv2d", "Slides filters over an image.", "{out_channels: 8, kernel_size: 3}");
inline constexpr Kind<Shape2d> kDrop = kind_of<Shape2d, Drop>("dropout", "Sets values to zero.", "0.2");
inline constexpr Kind<Shape2d> kBare = kind_of<Shape2d, Bare>("relu", "max(x, 0)", "");
inline constexpr const Kind<Shape2d>* kShapes[] = {&kConv, &kDrop, &kBare};
inline constexpr Catalog<Shape2d> kCatalog("layer", kShapes);

struct Inner {
  std::int64_t every = 1;
  std::optional<double> decay;

  void fields(Fields& f) {
    f.shorthand("every");
    f.optional("every", every, "in epochs", between(1, 100));
    f.optional("decay", decay, "share kept", fraction());
  }
};

/// One field of each kind.
struct Sample {
  bool flag = false;
  std::int64_t count = 3;
  double rate = 0.1;
  std::string name = "plain";
  Path path;
  Sizes window{2, 2};
  Padding padding;
  Reduction reduction = Reduction::mean;
  std::optional<std::int64_t> limit;
  std::optional<Inner> often;
  Inner inner;
  std::vector<double> means;
  std::vector<std::int64_t> steps;
  Choice<Shape2d> first;
  std::vector<Choice<Shape2d>> all;

  void fields(Fields& f) {
    f.optional("flag", flag, "a truth value");
    f.optional("count", count, "a whole number", at_least(1));
    f.optional("rate", rate, "a number", positive());
    f.optional("name", name, "text");
    f.optional("path", path, "a file");
    f.optional("window", window, "a size", per_axis(2, at_least(1)));
    f.optional("padding", padding, "a border", per_axis(2, {}));
    f.optional("reduction", reduction, "a word");
    f.optional("limit", limit, "perhaps a number", at_least(0));
    f.optional("often", often, "perhaps an object");
    f.optional("inner", inner, "an object");
    f.optional("means", means, "a list", between(0, 1));
    f.optional("steps", steps, "a list of whole numbers", at_least(1));
    f.optional("first", first, kCatalog, "an entry");
    f.optional("all", all, kCatalog, "a list of entries");
    f.check(count <= 1000 || flag, "count", "count above 1000 needs flag: true");
  }
};

}  // namespace cnnctl::testing
