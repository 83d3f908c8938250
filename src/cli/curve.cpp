#include "cli/curve.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace cnnctl::cli {
namespace {

constexpr int kColumns = 80;

/// Whether letters beyond ASCII reach a reader, by the locale that holds.
bool takes_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == 0) continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

}  // namespace

std::string curve(const plot::Chart& chart) {
  return draw_text(chart, kColumns, ::isatty(STDOUT_FILENO) == 1 && takes_utf8());
}

void write_curve(const std::string& path, const plot::Chart& chart) {
  if (!path.empty()) write_png(path, draw_picture(chart));
}

}  // namespace cnnctl::cli
