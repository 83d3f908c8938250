// Samples whose classes have the numbers that somebody else gave them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/samples.hpp"

namespace cnnctl {

/// Renumbers classes by name so that they follow `class_names`. Throws DataError, naming `source`, if the samples have
/// a class that is not among them.
std::unique_ptr<Samples> match_classes(std::unique_ptr<Samples> samples, const std::vector<std::string>& class_names,
                                       const std::string& source);

}  // namespace cnnctl
