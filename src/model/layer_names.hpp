// The names of layers while a model is written out: what each of them means, and who reads whom.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/node.hpp"

namespace cnnctl {

/// Who asks for inputs, and in which scope.
struct Reader {
  const std::string& prefix;                 // of the scope: "layer2.0."
  const std::string& input;                  // what `input` means in it
  const std::string& name;                   // of the reader, without the prefix
  const std::vector<std::string>& siblings;  // names of all entries of the scope
};

class LayerNames {
 public:
  explicit LayerNames(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// The name in `node` if it is a legal one; reports it otherwise.
  std::optional<std::string> check(const Node& node);
  /// Lets `name` mean the output of `layer`; a name that is taken is reported at `where`.
  void add(const std::string& name, const std::string& layer, const Where& where);
  /// Makes a name that of an input of the model; reports it if it is not a legal one.
  void add_input(const std::string& name, const Where& where);
  /// The layers that a name or a list of names of the model's outputs means; reports what is none, or given twice.
  std::vector<std::string> outputs(const Node& node);
  /// The layers that a name or a list of names means; unknown ones are reported and replaced by the scope's input.
  std::vector<std::string> resolve(const Node& inputs, const Reader& reader);

 private:
  std::string resolve_one(const Node& node, const Reader& reader);
  void refuse(const Node& node, const std::string& name, const Reader& reader);

  Diagnostics& diagnostics_;
  std::map<std::string, std::string, std::less<>> layers_;  // by name
  std::unordered_map<std::string, Where> places_;
  std::unordered_set<std::string> inputs_;  // of the model
};

}  // namespace cnnctl
