// Where the build put the program, and where the sources are: what only the build knows.
#pragma once

#include <string>

namespace cnnctl::testing {

/// build/cnnctl
extern const std::string kBinary;
/// The folder that holds src/, tests/ and configs/.
extern const std::string kSourceFolder;

}  // namespace cnnctl::testing
