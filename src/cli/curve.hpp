// Shows a chart where the output goes, and keeps it as a picture where that is asked for.
#pragma once

#include <string>

#include "plot/chart.hpp"

namespace cnnctl::cli {

/// At most 80 columns: in dots of Braille on a terminal that takes UTF-8, else in ASCII.
std::string curve(const plot::Chart& chart);

/// Writes a PNG; nothing if `path` is empty.
void write_curve(const std::string& path, const plot::Chart& chart);

}  // namespace cnnctl::cli
