// The definitions of blocks: variables and layers by name. Knows what a definition may hold; expands nothing.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/node.hpp"
#include "model/expression.hpp"

namespace cnnctl {

/// Reports what cannot be `params` of `owner`, "block 'basic'"; returns them if they are a map.
const Node* check_params(const Node* params, const std::string& owner, Diagnostics& diagnostics);

/// What `given`, a map, makes of the variables that `params` (null for none) declares: defaults, no unknown ones, none
/// missing; each is a scalar or a list of at most 64 scalars. Missing ones are reported at `where`; nothing comes back
/// after a mistake.
std::optional<Variables> bind_params(const Node* params, const Node& given, const std::string& owner,
                                     const Where& where, Diagnostics& diagnostics);

class BlockTable {
 public:
  struct Block {
    std::string name;
    const Node* params = nullptr;  // a map, or null for none
    const Node* layers = nullptr;  // a list that is not empty
  };

  /// Reads `blocks:`; null for none. Borrows the node. `words` are the layers, which a block may not be called.
  BlockTable(const Node* blocks, std::span<const std::string_view> words, Diagnostics& diagnostics);

  const std::map<std::string, Block, std::less<>>& blocks() const { return blocks_; }
  const Block* find(std::string_view name) const;

 private:
  void add(const Node::Entry& entry, Diagnostics& diagnostics);

  std::map<std::string, Block, std::less<>> blocks_;
};

}  // namespace cnnctl
