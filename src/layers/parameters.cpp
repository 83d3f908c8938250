#include "layers/parameters.hpp"

namespace cnnctl {

Parameter channel_parameter(const char* name, std::int64_t channels, Parameter::Role role, Init::Type first) {
  return {.name = name, .shape = {channels}, .role = role, .init = {.type = first}, .split = {}, .order = {}};
}

std::vector<Parameter> scale_and_shift(std::int64_t channels) {
  return {channel_parameter("weight", channels, Parameter::Role::norm, Init::Type::ones),
          channel_parameter("bias", channels, Parameter::Role::norm, Init::Type::zeros)};
}

std::vector<Parameter> weight_and_bias(Parameter weight, std::int64_t outputs, const Init* first) {
  if (first == nullptr) return {std::move(weight)};
  Parameter bias{
      .name = "bias", .shape = {outputs}, .role = Parameter::Role::bias, .init = *first, .split = {}, .order = {}};
  bias.init.fan_in = weight.init.fan_in;
  bias.init.fan_out = weight.init.fan_out;
  return {std::move(weight), std::move(bias)};
}

}  // namespace cnnctl
