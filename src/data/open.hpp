// A split made ready for batches: every picture in one size, kept in memory as far as allowed, the damaged left out.
#pragma once

#include <cstdint>
#include <memory>

#include "data/dataset.hpp"
#include "data/pipeline.hpp"

namespace cnnctl {

/// How the pictures of a split come to one size, and what may stay in memory of them.
struct Opening {
  /// {height, width} of all pictures; none: they must agree.
  struct Size {
    std::int64_t height, width;
  };
  std::optional<Size> size = std::nullopt;
  Pipeline::Fit fit = Pipeline::Fit::stretch;
  std::uint64_t cache = 0;  // bytes
  bool clean = false;       // the input a second time, as the target
};

/// Opens a split of which no column varies. Throws DataError.
std::unique_ptr<Samples> open_samples(const Dataset& dataset, Split split, const Opening& opening,
                                      const Workers& workers);
/// The same for a split that the dataset has opened.
std::unique_ptr<Samples> prepare_samples(std::unique_ptr<Samples> samples, const Dataset& dataset,
                                         const Opening& opening, const Workers& workers);

}  // namespace cnnctl
