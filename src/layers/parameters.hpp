// Parameters that several layers have alike, with PyTorch's names. Knows shapes and first values; knows no layer.
#pragma once

#include "layers/layer.hpp"

namespace cnnctl {

/// One number for each channel.
Parameter channel_parameter(const char* name, std::int64_t channels, Parameter::Role role, Init::Type first);

/// What comes behind a normalisation: `weight`, ones, and `bias`, zeros.
std::vector<Parameter> scale_and_shift(std::int64_t channels);

/// The weight, whose fans are set, and unless `first` is null a bias of `outputs` numbers with the same fans.
std::vector<Parameter> weight_and_bias(Parameter weight, std::int64_t outputs, const Init* first);

}  // namespace cnnctl
