// Samples that are kept in memory once they were read, as far as there is room.
#pragma once

#include <cstdint>
#include <memory>

#include "data/samples.hpp"

namespace cnnctl {

/// Keeps the first samples that are read, in at most `limit` bytes, and lets the others be read anew each time. None
/// gives way to another: an epoch takes each sample once, in an order of its own, so that the next one is as likely to
/// be any that is here as any that could be here instead, and whatever a cache of the latest would throw out is more
/// often wanted again than what it takes in. So what is here never moves, and reading it is a pointer.
std::unique_ptr<Samples> cache_samples(std::unique_ptr<Samples> samples, std::uint64_t limit);

}  // namespace cnnctl
