#include "kernels/conv/choice.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "kernels/conv/walk.hpp"

namespace cnnctl::kernels {
namespace {

// In order of preference; the row-wise algorithms take everything.
constexpr const ConvForward* kForward[] = {
    &kDepthwiseForward,       &kDotsForward,           &kPointwiseForward, &kMirroredForward,  &kDirectForward,
    &kWinogradForward,        &kWinogradSlicesForward, &kWinograd4Forward, &kWinograd5Forward, &kWinograd4SlicesForward,
    &kWinograd5SlicesForward, &kGroupsForward,         &kRowsForward};
constexpr const ConvInputGradient* kInput[] = {
    &kDepthwiseInput,       &kPointwiseInput, &kCol2imInput,    &kWinogradInput,
    &kWinogradSlicesInput,  &kWinograd4Input, &kWinograd5Input, &kWinograd4SlicesInput,
    &kWinograd5SlicesInput, &kGroupsInput,    &kRowsInput};
constexpr const ConvWeightGradient* kWeight[] = {
    &kDepthwiseWeight,      &kPointwiseWeight, &kMirroredWeight,  &kDirectWeight,          &kWinogradWeight,
    &kWinogradPlanesWeight, &kWinograd4Weight, &kWinograd5Weight, &kWinograd4PlanesWeight, &kWinograd5PlanesWeight,
    &kGroupsWeight,         &kGatherWeight,    &kRowsWeight};

/// How many pairs of a result and a tap of one axis meet the image.
std::int64_t meetings(const WindowAxis& axis, std::int64_t size) {
  std::int64_t count = 0;
  for (std::int64_t tap = 0; tap < axis.taps; ++tap) {
    const Inside results(axis.first + tap * axis.tap_step, axis.step, axis.count, size);
    count += results.end - results.begin;
  }
  return count;
}

/// Whether Winograd's algorithm multiplies less. For 3x3 it computes whole tiles of 4x4 results; of images of a few
/// pixels they are padding for the most part, which others leave out.
bool winograd_pays(const ConvGeometry& g) {
  if (g.kh != 3 || g.kw != 3 || !g.undilated()) return true;  // other kernels say so themselves
  constexpr std::int64_t kTile = 4;
  const WindowWalk walk = forward_walk(g);
  const auto in_tiles = [](const WindowAxis& axis) { return pieces(axis.count, kTile) * (kTile + axis.taps - 1); };
  return in_tiles(walk.rows) * in_tiles(walk.columns) < meetings(walk.rows, g.h) * meetings(walk.columns, g.w);
}

template <class Algorithm>
const Algorithm& choose(std::span<const Algorithm* const> table, const ConvGeometry& g, bool winograd) {
  winograd = winograd && winograd_pays(g);
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const Algorithm* algorithm) {
    return (winograd || !algorithm->winograd) && algorithm->applies(g);
  });
  CNNCTL_CHECK(found != std::end(table));
  return **found;
}

}  // namespace

std::span<const ConvForward* const> conv_forwards() { return kForward; }
std::span<const ConvInputGradient* const> conv_input_gradients() { return kInput; }
std::span<const ConvWeightGradient* const> conv_weight_gradients() { return kWeight; }

const ConvForward& choose_forward(const ConvGeometry& g, bool winograd) { return choose(conv_forwards(), g, winograd); }

const ConvInputGradient& choose_input_gradient(const ConvGeometry& g, bool winograd) {
  return choose(conv_input_gradients(), g, winograd);
}

const ConvWeightGradient& choose_weight_gradient(const ConvGeometry& g, bool winograd) {
  return choose(conv_weight_gradients(), g, winograd);
}

}  // namespace cnnctl::kernels
