// How parameters get their first values. Knows distributions and fans; knows no layer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/fields.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

/// A distribution for the first values, with PyTorch's meaning (torch.nn.init). In YAML a word (`kaiming_normal`), or
/// a map: {type: normal, std: 0.01}.
struct Init {
  enum class Type {
    standard,
    normal,
    uniform,
    xavier_uniform,
    xavier_normal,
    kaiming_uniform,
    kaiming_normal,
    zeros,
    ones,
    constant
  };
  Type type = Type::standard;       // standard: what PyTorch's layer does by itself, U(-1/sqrt(fan_in), 1/sqrt(fan_in))
  double mean = 0, std = 0.01;      // normal
  double low = -0.05, high = 0.05;  // uniform
  double value = 0;                 // constant
  double gain = 0;                  // xavier and kaiming; 0: 1 for xavier, sqrt(2) for kaiming
  enum class Fan { in, out };
  Fan mode = Fan::in;                    // kaiming: which of the two it divides by
  std::int64_t fan_in = 1, fan_out = 1;  // set by the layer

  void fields(Fields& f);
};

/// Fills `values`, in the file's order, from the stream of (seed, hash of the parameter's full name).
void initialise(const Init& init, std::uint64_t seed, std::string_view name, std::span<real> values);

}  // namespace cnnctl
