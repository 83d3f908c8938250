// The algorithms by name, each defined in its family's folder. choice.cpp lists them in order of preference.
#pragma once

#include "kernels/conv/algorithm.hpp"

namespace cnnctl::kernels {

extern const ConvForward kDepthwiseForward, kDotsForward, kPointwiseForward, kMirroredForward, kDirectForward,
    kWinogradForward, kWinogradSlicesForward, kWinograd4Forward, kWinograd5Forward, kWinograd4SlicesForward,
    kWinograd5SlicesForward, kGroupsForward, kRowsForward;
extern const ConvInputGradient kDepthwiseInput, kPointwiseInput, kCol2imInput, kWinogradInput, kWinogradSlicesInput,
    kWinograd4Input, kWinograd5Input, kWinograd4SlicesInput, kWinograd5SlicesInput, kGroupsInput, kRowsInput;
extern const ConvWeightGradient kDepthwiseWeight, kPointwiseWeight, kMirroredWeight, kWinogradWeight,
    kWinogradPlanesWeight, kWinograd4Weight, kWinograd5Weight, kWinograd4PlanesWeight, kWinograd5PlanesWeight,
    kDirectWeight, kGroupsWeight, kGatherWeight, kRowsWeight;

}  // namespace cnnctl::kernels
