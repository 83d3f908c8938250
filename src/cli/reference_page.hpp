// The reference of everything that a configuration may hold, as a page of Markdown.
#pragma once

#include <string>

namespace cnnctl::cli {

/// The text of configs/README.md.
std::string reference_page();

}  // namespace cnnctl::cli
