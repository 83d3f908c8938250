#include "layers/init.hpp"

#include <cmath>
#include <cstddef>

#include "base/file.hpp"
#include "base/rng.hpp"

namespace cnnctl {

template <>
struct Words<Init::Type> {
  static constexpr std::pair<std::string_view, Init::Type> list[] = {
      {"standard", Init::Type::standard},
      {"normal", Init::Type::normal},
      {"uniform", Init::Type::uniform},
      {"xavier_uniform", Init::Type::xavier_uniform},
      {"xavier_normal", Init::Type::xavier_normal},
      {"kaiming_uniform", Init::Type::kaiming_uniform},
      {"kaiming_normal", Init::Type::kaiming_normal},
      {"zeros", Init::Type::zeros},
      {"ones", Init::Type::ones},
      {"constant", Init::Type::constant},
  };
};

template <>
struct Words<Init::Fan> {
  static constexpr std::pair<std::string_view, Init::Fan> list[] = {{"fan_in", Init::Fan::in},
                                                                    {"fan_out", Init::Fan::out}};
};

void Init::fields(Fields& f) {
  f.shorthand("type");
  f.required("type", type, "distribution; standard: PyTorch's own, uniform in +-1/sqrt(fan_in)");
  f.optional("mean", mean, "of normal");
  f.optional("std", std, "of normal: the standard deviation", at_least(0));
  f.optional("low", low, "of uniform: the least value");
  f.optional("high", high, "of uniform: the bound above");
  f.optional("value", value, "of constant");
  f.optional("gain", gain, "of xavier and kaiming; 0: 1 for xavier, sqrt(2) for kaiming", at_least(0));
  f.optional("mode", mode, "of kaiming: which fan it divides by");
  f.check(low <= high, "high", "high must not be below low");
}

namespace {

/// What a parameter's values are drawn from: centre + spread * (a standard normal, or uniform in [-1, 1)).
struct Draw {
  enum class From { nothing, uniform, normal } from;
  double centre, spread;
};

Draw draw_of(const Init& init) {
  using From = Draw::From;
  const double in = static_cast<double>(init.fan_in), both = static_cast<double>(init.fan_in + init.fan_out);
  const double fan = init.mode == Init::Fan::in ? in : static_cast<double>(init.fan_out);
  const double xavier = init.gain == 0 ? 1.0 : init.gain, kaiming = init.gain == 0 ? std::sqrt(2.0) : init.gain;
  switch (init.type) {
    case Init::Type::standard:
      return {From::uniform, 0, 1 / std::sqrt(in)};
    case Init::Type::normal:
      return {From::normal, init.mean, init.std};
    case Init::Type::uniform:
      return {From::uniform, (init.low + init.high) / 2, (init.high - init.low) / 2};
    case Init::Type::xavier_uniform:
      return {From::uniform, 0, xavier * std::sqrt(6 / both)};
    case Init::Type::xavier_normal:
      return {From::normal, 0, xavier * std::sqrt(2 / both)};
    case Init::Type::kaiming_uniform:
      return {From::uniform, 0, kaiming * std::sqrt(3 / fan)};
    case Init::Type::kaiming_normal:
      return {From::normal, 0, kaiming / std::sqrt(fan)};
    case Init::Type::zeros:
      return {From::nothing, 0, 0};
    case Init::Type::ones:
      return {From::nothing, 1, 0};
    case Init::Type::constant:
      return {From::nothing, init.value, 0};
  }
  return {From::nothing, 0, 0};
}

}  // namespace

void initialise(const Init& init, std::uint64_t seed, std::string_view name, std::span<real> values) {
  const Draw draw = draw_of(init);
  const std::uint64_t stream = hash_bytes(std::as_bytes(std::span(name)));
  Rng rng(seed, Purpose::init, stream & 0xFFFFFFFFu, stream >> 32);
  for (real& value : values) {
    double x = draw.centre;
    if (draw.from == Draw::From::uniform) x += draw.spread * (2.0 * static_cast<double>(rng.uniform()) - 1.0);
    if (draw.from == Draw::From::normal) x += draw.spread * static_cast<double>(rng.normal());
    value = static_cast<real>(x);
  }
}

}  // namespace cnnctl
