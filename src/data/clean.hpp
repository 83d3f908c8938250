// A set whose samples hold their input a second time, to be restored by a network.
#pragma once

#include <memory>

#include "data/samples.hpp"

namespace cnnctl {

/// The name of that column, which becomes the target. It moves with the input, and keeps its colours: noise, blur and
/// whatever else changes the picture alone leave it as it was. Its numbers are not normalised: pixels in 0..1.
inline constexpr std::string_view kCleanColumn = "clean";

/// `samples` with that column, for which they take no more memory; a set that has one already stays as it is.
std::unique_ptr<Samples> with_clean_input(std::unique_ptr<Samples> samples);

}  // namespace cnnctl
