// Convolution by gathering: the pixels that windows meet are copied into matrices, and these multiplied with weights.
#pragma once

#include "kernels/conv/algorithm.hpp"
#include "kernels/conv/walk.hpp"

namespace cnnctl::kernels {

/// A part of the terms of every result: taps [first, first + count) of the window, or one, and a range of channels.
struct WindowTerms {
  std::int64_t tap, taps;
  std::int64_t channel, channels;

  std::int64_t count() const { return taps * channels; }
};

/// Splits the terms of a result: all in one part if they are at most `whole`, else tap by tap, `split` channels at
/// most.
class TermParts {
 public:
  TermParts(std::int64_t taps, std::int64_t channels, std::int64_t whole, std::int64_t split);

  std::int64_t count() const { return whole_ ? 1 : taps_ * pieces_; }
  WindowTerms part(std::int64_t i) const;
  /// Terms before part i.
  std::int64_t offset(std::int64_t i) const;
  /// Terms of the largest part.
  std::int64_t largest() const { return whole_ ? taps_ * channels_ : step_; }

 private:
  std::int64_t taps_, channels_;
  bool whole_;
  std::int64_t step_, pieces_;  // channels of a part, parts of a tap
};

/// matrix (count, terms) = the source values of results [first, first + count), counted by image, row and column; zero
/// outside of the images. `x` is the first image's first channel of the group.
void gather(const WindowWalk& walk, const WindowTerms& terms, std::int64_t first, std::int64_t count, const real* x,
            real* matrix);

}  // namespace cnnctl::kernels
