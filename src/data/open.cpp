#include "data/open.hpp"

#include <optional>

#include "base/error.hpp"
#include "data/cached.hpp"
#include "data/clean.hpp"
#include "data/fitted.hpp"
#include "data/subset.hpp"

namespace cnnctl {
namespace {

bool needs_fitting(const SampleSpec& spec, const Opening& opening) {
  for (const Column& column : spec.columns) {
    if (!column.spatial) continue;
    const bool other =
        opening.size && (column.shape.height() != opening.size->height || column.shape.width() != opening.size->width);
    if (column.varies || other) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Samples> open_samples(const Dataset& dataset, Split split, const Opening& opening,
                                      const Workers& workers) {
  return prepare_samples(dataset.open(split, workers), dataset, opening, workers);
}

std::unique_ptr<Samples> prepare_samples(std::unique_ptr<Samples> samples, const Dataset& dataset,
                                         const Opening& opening, const Workers& workers) {
  if (needs_fitting(samples->spec(), opening)) samples = fit_samples(std::move(samples), opening);
  if (!samples->in_memory() && opening.cache > 0) samples = cache_samples(std::move(samples), opening.cache);
  if (!samples->in_memory() && dataset.leaves_out_bad()) samples = leave_out_bad(std::move(samples), workers);
  if (opening.clean) samples = with_clean_input(std::move(samples));
  return samples;
}

}  // namespace cnnctl
