// Letters as strokes, for ASCII. Knows their forms; knows no picture.
#pragma once

#include <string_view>
#include <vector>

#include "plot/canvas.hpp"

namespace cnnctl::plot {

/// The strokes of a line of text that begins at 0, y upwards from the baseline; capitals are 1 high. What is not ASCII
/// becomes a question mark.
std::vector<std::vector<Point>> letters(std::string_view words);
/// How far it reaches.
double width_of(std::string_view words);

}  // namespace cnnctl::plot
