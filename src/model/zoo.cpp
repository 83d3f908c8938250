#include "model/zoo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "config/suggest.hpp"
#include "config/yaml.hpp"
#include "model/zoo_files.hpp"

namespace cnnctl {
namespace {

const ZooFile* find_zoo_file(const Node& name, Diagnostics& diagnostics) {
  const std::string text = name.is_scalar() ? name.text() : "";
  const auto files = zoo_files();
  const auto file = std::find_if(files.begin(), files.end(), [&](const ZooFile& f) { return f.name == text; });
  if (file != files.end()) return &*file;
  if (text.empty())
    diagnostics.error(name.where(), fmt::format("zoo is the name of a network, got {}", name.describe()));
  else
    diagnostics.error(name.where(),
                      fmt::format("the zoo has no network '{}'{}", text, suggest_and_list(text, zoo_names())));
  return nullptr;
}

/// The file as it stands in the program: that it can be read was seen to when the program was made.
Node read_zoo_file(const ZooFile& file) {
  Diagnostics diagnostics;
  Node root = parse_yaml(file.yaml, fmt::format("zoo/{}.yaml", file.name), diagnostics);
  CNNCTL_CHECK(!diagnostics.has_errors() && root.find("model") != nullptr);
  return root;
}

/// Gives the values of `given` to the parameters of `network`; its input may be replaced and its layers changed as
/// well.
bool give(const Node& given, std::string_view name, Node& network, Diagnostics& diagnostics) {
  Node* const params = network.find("params");
  std::vector<std::string_view> names{"zoo", "input", "changes"};
  if (params != nullptr)
    for (const Node::Entry& param : params->entries()) names.push_back(param.key);
  const std::string what = fmt::format("the zoo's {}", name);
  if (!refuse_unknown_keys(given, names, what, "parameter", diagnostics)) return false;
  for (const Node::Entry& entry : given.entries()) {
    if (entry.key == "zoo") continue;
    const bool of_model = entry.key == "input" || entry.key == "changes";
    (of_model ? network : *params).set(entry.key, entry.value, entry.where);
  }
  return true;
}

}  // namespace

std::vector<std::string_view> zoo_names() {
  std::vector<std::string_view> names;
  for (const ZooFile& file : zoo_files()) names.push_back(file.name);
  return names;
}

Opened open_zoo(Node& root, Diagnostics& diagnostics) {
  Node* const model = root.find("model");
  const Node* const name = model != nullptr ? model->find("zoo") : nullptr;
  if (name == nullptr) return Opened::nothing;
  const ZooFile* const file = find_zoo_file(*name, diagnostics);
  if (file == nullptr) return Opened::failed;
  if (const Node::Entry* blocks = root.find_entry("blocks"); blocks != nullptr && !blocks->value.is_null()) {
    diagnostics.error(blocks->where,
                      "a network of the zoo brings its own blocks: take out 'blocks', or write the "
                      "model out in 'layers'");
    return Opened::failed;
  }
  Node found = read_zoo_file(*file);
  if (!give(*model, file->name, *found.find("model"), diagnostics)) return Opened::failed;
  const bool told = model->find("input") != nullptr || model->find("size") != nullptr;
  *model = *found.find("model");
  if (const Node* blocks = found.find("blocks")) root.set("blocks", *blocks);
  return told ? Opened::with_input : Opened::with_default_input;
}

}  // namespace cnnctl
