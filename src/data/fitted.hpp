// Samples whose pictures are brought to one size as they are read.
#pragma once

#include <memory>

#include "data/open.hpp"

namespace cnnctl {

/// All spatial columns in opening.size, or, where none is given, in that of the first sample: then one of another size
/// is a DataError when it is read.
std::unique_ptr<Samples> fit_samples(std::unique_ptr<Samples> samples, const Opening& opening);

}  // namespace cnnctl
