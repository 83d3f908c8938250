// Configuration files: reading one, and what to say when it is not there. Knows folders; knows no syntax.
#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/source.hpp"
#include "config/yaml.hpp"

namespace cnnctl {

Node load_yaml(const std::string& path, Diagnostics& diagnostics) {
  try {
    return parse_yaml(read_file(path, kLongestSource), path, diagnostics);
  } catch (const IoError&) {
    if (exists(path)) throw;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    std::error_code ignored;
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, ignored))
      names.push_back((folder / entry.path().filename()).string());
    std::sort(names.begin(), names.end());
    const std::vector<std::string_view> views(names.begin(), names.end());
    diagnostics.error({path, 0, 0, {}}, "no such file" + did_you_mean(path, views));
    return {};
  }
}

}  // namespace cnnctl
