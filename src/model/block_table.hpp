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

  /// What `given`, a map, makes of a block's variables: defaults, no unknown ones, none missing; each is a scalar or a
  /// list of at most 64 scalars. Missing ones are reported at `where`; nothing comes back after a mistake.
  std::optional<Variables> bind(const Block& block, const Node& given, const Where& where,
                                Diagnostics& diagnostics) const;

 private:
  void add(const Node::Entry& entry, Diagnostics& diagnostics);

  std::map<std::string, Block, std::less<>> blocks_;
};

}  // namespace cnnctl
