// The texts of configs/zoo, which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace cnnctl {

struct ZooFile {
  std::string_view name, yaml;
};

/// Sorted by name.
std::span<const ZooFile> zoo_files();

}  // namespace cnnctl
