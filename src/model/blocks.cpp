#include "model/blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>

#include "config/entry.hpp"
#include "config/scalars.hpp"
#include "model/block_table.hpp"
#include "model/expression.hpp"
#include "model/layer_names.hpp"

namespace cnnctl {
namespace {

constexpr std::size_t kMostLayers = 10'000;
constexpr std::size_t kMostEntries = 100'000;  // those left out by `when` included
constexpr std::int64_t kMostRepeats = 10'000;
constexpr std::size_t kDeepestBlocks = 8;
constexpr std::size_t kMostMistakes = 100;

/// Ends the expansion: more would only repeat the mistake.
struct Stop {};

/// Where an entry stands: in the model, or in one instance of a block.
struct Scope {
  std::string prefix;  // "layer2.0."
  std::string input;   // the layer that `input` means
  Variables variables;
  std::string owner = "the model";  // whose variables they are
  std::vector<std::string> blocks;  // that the scope is in, outermost first
};

/// One entry of a list, taken apart: what every entry may say, and its own fields.
struct Item {
  Entry entry;
  std::string name;  // without the scope's prefix
  Where name_place;
  std::vector<std::string> inputs;
  Where inputs_place;
  bool wanted = true;                 // `when`
  std::optional<Node> repeat, first;  // of blocks
};

class Expander {
 public:
  Expander(const BlockTable& table, std::vector<std::string_view> words, const Node* changes, Diagnostics& diagnostics)
      : table_(table),
        words_(std::move(words)),
        diagnostics_(diagnostics),
        names_(diagnostics),
        changes_(changes, diagnostics) {
    for (const auto& [name, block] : table_.blocks()) words_.push_back(name);
  }

  Expanded run(const Node& layers, const ModelEnds& ends) {
    Scope model;
    model.input = ends.inputs.front().name;
    model.variables = ends.variables;
    std::vector<std::string> outputs;
    try {
      for (const InputName& input : ends.inputs) names_.add_input(input.name, input.where);
      const std::string last = expand_list(layers, model);
      if (ends.outputs != nullptr && !diagnostics_.has_errors()) outputs = names_.outputs(*ends.outputs);
      if (!diagnostics_.has_errors()) changes_.refuse_unused(layer_names(), diagnostics_);
      if (!diagnostics_.has_errors()) refuse_unread(outputs.empty() ? std::vector{last} : outputs, ends);
    } catch (const Stop&) {
    }
    return {std::move(layers_), std::move(outputs)};
  }

 private:
  /// Returns the layer that the list's output is.
  std::string expand_list(const Node& layers, const Scope& scope) {
    const std::vector<std::string> siblings = entry_names(layers);
    std::string above = scope.input;
    for (std::size_t i = 0; i < siblings.size(); ++i) {
      if (++entries_ > kMostEntries) stop(layers.items()[i].where(), "the blocks give too many layers");
      if (diagnostics_.all().size() > kMostMistakes) throw Stop{};
      auto entry = read_entry(layers.items()[i], "layer", words_, diagnostics_);
      Where place = layers.items()[i].where();
      std::string name = siblings[i];
      if (entry) {
        Item item = take_apart(std::move(*entry), scope, siblings, i, above);
        above = expand(item, scope);
        name = item.name;
        place = item.name_place;
      }
      if (name.find('$') == std::string::npos) names_.add(scope.prefix + name, above, place);
    }
    return above;
  }

  Item take_apart(Entry entry, const Scope& scope, const std::vector<std::string>& siblings, std::size_t index,
                  const std::string& above) {
    Item item;
    item.name = siblings[index];
    item.name_place = entry.where;
    item.inputs = {above};
    const bool is_block = table_.find(entry.word) != nullptr;
    const auto take = [&](std::string_view key, bool replaced) -> std::optional<Node> {
      const Node* found = entry.body.is_map() ? entry.body.find(key) : nullptr;
      if (!found) return std::nullopt;
      Node node = replaced ? substitute(*found, scope.variables, scope.owner, diagnostics_) : *found;
      entry.body.erase(key);
      return node;
    };
    const bool numbered = is_block && is_numbered(item.name);  // such a name is replaced for each instance
    if (const auto name = take("name", !numbered)) {
      item.name = names_.check(*name).value_or(item.name);
      item.name_place = name->where();
    }
    if (!is_block) changes_.apply(scope.prefix + item.name, entry.body);
    if (const auto inputs = take("inputs", true)) {
      item.inputs = names_.resolve(*inputs, {scope.prefix, scope.input, item.name, siblings});
      item.inputs_place = inputs->where();
    }
    if (const auto when = take("when", true)) item.wanted = truth(*when);
    if (is_block) item.repeat = take("repeat", true);
    if (is_block) item.first = take("first", false);
    if (!is_block) {
      const std::size_t before = diagnostics_.all().size();
      entry.body = substitute(entry.body, scope.variables, scope.owner, diagnostics_);
      if (diagnostics_.all().size() > before) item.wanted = false;  // what is left would be reported once more
    }
    item.entry = std::move(entry);
    return item;
  }

  static bool is_numbered(std::string_view name) { return mentions(name, "index") || mentions(name, "number"); }

  bool truth(const Node& when) {
    std::string problem;
    const auto value = to_bool(when, problem);
    if (!value) diagnostics_.error(when.where(), "when " + problem);
    return value.value_or(true);
  }

  std::string expand(const Item& item, const Scope& scope) {
    if (!item.wanted) return item.inputs.front();
    if (const BlockTable::Block* block = table_.find(item.entry.word)) return expand_block(item, *block, scope);
    if (layers_.size() >= kMostLayers)
      stop(item.entry.where, fmt::format("the model has more than {} layers", kMostLayers));
    read_.insert(item.inputs.begin(), item.inputs.end());
    layers_.push_back({scope.prefix + item.name, item.inputs, item.entry.word, item.entry.body, item.entry.where});
    return layers_.back().name;
  }

  std::string expand_block(const Item& item, const BlockTable::Block& block, const Scope& scope) {
    std::string output = item.inputs.front();
    if (item.inputs.size() != 1) {
      diagnostics_.error(item.inputs_place,
                         fmt::format("block '{}' takes 1 input, got {}", block.name, item.inputs.size()));
      return output;
    }
    if (std::find(scope.blocks.begin(), scope.blocks.end(), block.name) != scope.blocks.end())
      stop(item.entry.where, fmt::format("block '{}' contains itself", block.name));
    if (scope.blocks.size() >= kDeepestBlocks)
      stop(item.entry.where, fmt::format("blocks are nested deeper than {} levels", kDeepestBlocks));
    const std::int64_t count = repeats(item);
    const std::string owner = fmt::format("block '{}'", block.name);
    for (std::int64_t index = 0; index < count; ++index) {
      const std::string instance = instance_name(item, scope, index);
      auto variables = bind_params(block.params, arguments(item, scope, index), owner, item.entry.where, diagnostics_);
      if (!variables) return output;
      Scope inner{scope.prefix + instance + ".", output, std::move(*variables), owner, scope.blocks};
      inner.blocks.push_back(block.name);
      output = expand_list(*block.layers, inner);
      if (instance != item.name) names_.add(scope.prefix + instance, output, item.name_place);
    }
    return output;
  }

  std::int64_t repeats(const Item& item) {
    if (!item.repeat) return 1;
    std::string problem;
    const auto count = to_integer(*item.repeat, problem);
    if (count && *count >= 1 && *count <= kMostRepeats) return *count;
    if (count) problem = fmt::format("must be between 1 and {}, got {}", kMostRepeats, *count);
    diagnostics_.error(item.repeat->where(), "repeat " + problem);
    return 1;
  }

  /// The scope's variables and, for one of several instances, its $index and $number.
  static Variables outer_variables(const Item& item, const Scope& scope, std::int64_t index) {
    Variables variables = scope.variables;
    if (item.repeat) {
      variables["index"] = Node::plain(std::to_string(index), item.entry.where);
      variables["number"] = Node::plain(std::to_string(index + 1), item.entry.where);
    }
    return variables;
  }

  std::string instance_name(const Item& item, const Scope& scope, std::int64_t index) {
    if (!is_numbered(item.name)) return item.repeat ? fmt::format("{}.{}", item.name, index) : item.name;
    const Node name = Node::plain(item.name, item.name_place);
    return substitute(name, outer_variables(item, scope, index), scope.owner, diagnostics_).text();
  }

  /// What an instance gives to the block's variables.
  Node arguments(const Item& item, const Scope& scope, std::int64_t index) {
    Node given = item.entry.body;
    if (given.is_null()) given = Node::map(item.entry.where);
    if (!given.is_map()) {
      diagnostics_.error(given.where(), fmt::format("block '{}' needs a map of parameters, got {}", item.entry.word,
                                                    given.describe()));
      throw Stop{};
    }
    if (item.first && !item.first->is_map()) {
      diagnostics_.error(item.first->where(),
                         fmt::format("first must be a map of parameters, got {}", item.first->describe()));
    } else if (item.first && index == 0) {
      for (const Node::Entry& change : item.first->entries()) given.set(change.key, change.value, change.where);
    }
    return substitute(given, outer_variables(item, scope, index), scope.owner, diagnostics_);
  }

  std::vector<std::string> layer_names() const {
    std::vector<std::string> names;
    for (const RawLayer& layer : layers_) names.push_back(layer.name);
    return names;
  }

  void refuse_unread(const std::vector<std::string>& outputs, const ModelEnds& ends) {
    read_.insert(outputs.begin(), outputs.end());
    for (const InputName& input : ends.inputs)
      if (!read_.contains(input.name))
        diagnostics_.error(input.where, fmt::format("no layer reads the input '{}'", input.name));
    std::set<std::string> places;  // a layer of a block is reported once, however many instances there are
    for (const RawLayer& layer : layers_) {
      if (read_.contains(layer.name) || !places.insert(layer.where.str()).second) continue;
      diagnostics_.error(layer.where, fmt::format("nothing reads '{}': name it in the inputs of a layer below it, or "
                                                  "take it out",
                                                  layer.name));
    }
  }

  [[noreturn]] void stop(const Where& where, const std::string& message) {
    diagnostics_.error(where, message);
    throw Stop{};
  }

  const BlockTable& table_;
  std::vector<std::string_view> words_;
  Diagnostics& diagnostics_;
  LayerNames names_;
  Changes changes_;
  std::vector<RawLayer> layers_;
  std::unordered_set<std::string> read_;  // layers and inputs that are somebody's input, or outputs
  std::size_t entries_ = 0;
};

}  // namespace

Expanded expand_blocks(const Node& layers, const Node* blocks, std::vector<std::string_view> words,
                       const ModelEnds& ends, Diagnostics& diagnostics) {
  const BlockTable table(blocks, words, diagnostics);
  return Expander(table, std::move(words), ends.changes, diagnostics).run(layers, ends);
}

}  // namespace cnnctl
