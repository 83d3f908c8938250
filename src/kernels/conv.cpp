#include "kernels/conv.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "kernels/conv_rows.hpp"

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
    return (winograd || !algorithm->name.starts_with("winograd")) && algorithm->applies(g);
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

ConvGeometry mirrored(const ConvGeometry& g) {
  ConvGeometry m = g;
  std::swap(m.h, m.oh);
  std::swap(m.w, m.ow);
  std::swap(m.c, m.k);
  m.pad_top = (g.kh - 1) * g.dilation_h - g.pad_top;
  m.pad_left = (g.kw - 1) * g.dilation_w - g.pad_left;
  return m;
}

void copy_weights(const Workers&, const ConvGeometry& g, const real* w, real* prepared) {
  std::copy_n(w, g.weight_count(), prepared);
}

std::int64_t weight_values(const ConvGeometry& g) { return g.weight_count(); }

void join_weights(const Workers& workers, const ConvGeometry& g, std::int64_t sums, real* all, real* dw) {
  join_sums(workers, sums, g.weight_count(), all, dw);
}

void join_sums(const Workers& workers, std::int64_t sums, std::int64_t count, const real* all, real* total) {
  constexpr std::int64_t kBlock = 8192;
  workers.run(pieces(count, kBlock), [&](std::int64_t task, int) {
    const std::int64_t begin = task * kBlock, end = std::min(count, begin + kBlock);
    if (total != all) std::copy(all + begin, all + end, total + begin);
    for (std::int64_t sum = 1; sum < sums; ++sum)
      for (std::int64_t i = begin; i < end; ++i) total[i] += all[sum * count + i];
  });
}

}  // namespace cnnctl::kernels
