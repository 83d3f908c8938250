// Small valid sets of every format for the law, written by the test itself.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/temporary_folder.hpp"
#include "data/dataset.hpp"

namespace cnnctl::testing {

struct DatasetCase {
  /// A file of the set, and what is known of damage to it.
  struct File {
    std::string path, content;
    Split split = Split::train;  // that shows the damage
    bool sealed = false;         // checksums tell every changed byte
    bool in_place = false;       // offsets in messages are offsets in this file
    /// Whether the first `bytes` of it are a whole file, too.
    std::function<bool(std::size_t bytes)> whole_at = [](std::size_t) { return false; };
  };

  std::string kind, text;
  std::string yaml;  // @ stands for the folder
  std::vector<File> files;
  std::int64_t train, test;  // samples
  std::vector<std::string> class_names;
  bool large = false;  // for what it holds in memory; not to be damaged byte by byte

  std::string name() const { return kind + ", " + text; }
  void write(const TemporaryFolder& folder) const;
  Choice<Dataset> configured(const TemporaryFolder& folder) const;
};

const std::vector<DatasetCase>& dataset_cases();

}  // namespace cnnctl::testing
