#include "config/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "config/refused.hpp"
#include "config/source.hpp"

namespace cnnctl {
namespace {

constexpr int kDepth = 64;
constexpr int kEvents = 100'000;
constexpr std::string_view kNoAliases =
    "anchors (&) and aliases (*) are not allowed: write the value out, or use a block";
constexpr std::size_t kWidth = 100;  // of written lines

/// A text with its name, and where it begins: overrides begin in the middle of a line.
struct Source {
  std::string file;
  Lines lines;
  int first_column = 0;    // added to the columns of line 1
  std::string whole_line;  // if not empty: what stands for every line in messages

  Where at(int line, int column) const {
    const int shift = line == 1 ? first_column : 0;
    return {file, line, column + shift, whole_line.empty() ? lines.text(line) : whole_line};
  }
  Where at(const YAML::Mark& mark) const { return at(mark.line + 1, mark.column + 1); }
};

/// Builds a Node from yaml-cpp's events; never more than the limits allow.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  /// The document, once yaml-cpp had no complaint.
  Node take() {
    if (bad_key_) throw Refused{*bad_key_, "a key must be a word, not a list, a map or nothing"};
    return std::move(root_);
  }
  /// Where the innermost bracket that is still open stands.
  const Where* open_bracket() const {
    for (auto it = open_.rbegin(); it != open_.rend(); ++it)
      if (it->flow) return &it->node.where();
    return nullptr;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    const Where where = source_.at(mark);
    const bool marked = where.text.starts_with("---");
    throw Refused{where, marked ? "a configuration is one document: '---' cannot begin a second one"
                                : "this does not belong to what stands above it: check the indentation"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    count(mark, "?");
    Node node;
    node.set_where(source_.at(mark));
    add(std::move(node), false);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_alias(source_.at(mark)); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_alias(source_.at(mark)); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    count(mark, tag);
    const bool quoted = tag == "!";
    Where where = source_.at(mark);
    if (!quoted && !source_.lines.at(mark.line + 1).substr(static_cast<std::size_t>(mark.column)).starts_with(value))
      throw Refused{where, "a value without quotes ends with its line: check the indentation of the next one"};
    add(quoted ? Node::string(value, std::move(where)) : Node::plain(value, std::move(where)), quoted);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    open(Node::list({}, source_.at(mark)), mark, tag, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    open(Node::map(source_.at(mark)), mark, tag, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    bool flow;
    bool has_key = false, duplicate = false;  // duplicate: the value is parsed and dropped
    std::string key;
    Where key_where;
    std::unordered_set<std::string> keys;
  };

  [[noreturn]] static void refuse_alias(Where where) { throw Refused{std::move(where), std::string(kNoAliases)}; }

  void count(const YAML::Mark& mark, const std::string& tag) {
    if (++events_ > kEvents)
      throw Refused{source_.at(mark), fmt::format("the configuration has more than {} values", with_commas(kEvents))};
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refused{source_.at(mark), "tags (!) are not allowed: leave the tag out"};
  }

  void open(Node node, const YAML::Mark& mark, const std::string& tag, YAML::EmitterStyle::value style) {
    count(mark, tag);
    if (open_.size() >= static_cast<std::size_t>(kDepth))
      throw Refused{source_.at(mark), fmt::format("nested deeper than {} levels", kDepth)};
    open_.push_back({std::move(node), style == YAML::EmitterStyle::Flow, false, false, {}, {}, {}});
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node), false);
  }

  void add(Node node, bool quoted) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.is_list()) {
      frame.node.items().push_back(std::move(node));
    } else if (!frame.has_key) {
      begin_entry(frame, node, quoted);
    } else {
      if (!frame.duplicate) frame.node.entries().push_back({frame.key, std::move(frame.key_where), std::move(node)});
      frame.has_key = false;
    }
  }

  void begin_entry(Frame& frame, const Node& key, bool quoted) {
    frame.has_key = true;
    frame.duplicate = !key.is_scalar();
    if (frame.duplicate) {  // yaml-cpp also takes a bracket that is never closed for a key, so its complaint goes first
      if (!bad_key_) bad_key_ = key.where();
      return;
    }
    if (key.text() == "<<" && !quoted)
      throw Refused{key.where(), "merge keys (<<) are not allowed: write the keys out, or use a block"};
    frame.duplicate = !frame.keys.insert(key.text()).second;
    if (frame.duplicate) {
      const Where& first = frame.node.find_entry(key.text())->where;
      diagnostics_.error(key.where(),
                         fmt::format("key '{}' is given twice, first on {}", key.text(), quote_line(first)));
    }
    frame.key = key.text();
    frame.key_where = key.where();
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  Node root_;
  std::vector<Frame> open_;
  std::optional<Where> bad_key_;
  int events_ = 0, documents_ = 0;
};

/// yaml-cpp's complaint in our words, at a place that helps.
Refused translate(const YAML::Exception& error, const Source& source, const Builder& builder) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"illegal map value", "a second ': ' on this line, or a wrong indentation"},
      {"illegal map key", "a key cannot stand here: check the indentation"},
      {"illegal block entry", "a list item cannot stand here: check the indentation"},
      {"illegal EOF in scalar", "a quote is not closed"},
      {"illegal flow end", "a bracket is closed that was not opened"},
      {"unknown token", "this character cannot begin a value: put the value in quotes"},
      {"end of map not found", "this line does not fit the indentation above it"},
      {"end of sequence not found", "this line does not fit the indentation above it"},
  };
  Where where = error.mark.is_null() ? source.at(1, 1) : source.at(error.mark);
  if (error.msg.starts_with("the referenced anchor")) return {where, std::string(kNoAliases)};
  if (error.msg.ends_with("flow not found") && builder.open_bracket())
    return {*builder.open_bracket(), "this bracket is not closed, or a ',' is missing behind it"};
  const std::size_t indent = where.text.find_first_not_of(' ');
  if (indent != std::string::npos && where.text[indent] == '\t') {
    where.column = static_cast<int>(indent) + 1;
    return {where, "a tab cannot indent: use spaces"};
  }
  for (const auto& [theirs, ours] : kWords)
    if (error.msg.starts_with(theirs)) return {where, fmt::format("not valid YAML: {}", ours)};
  return {where, fmt::format("not valid YAML: {}", error.msg)};
}

Node parse(std::string_view text, const Source& source, Diagnostics& diagnostics) {
  Builder builder(source, diagnostics);
  try {
    if (const auto objection = find_objection(text)) {
      const Where place = place_of_byte(text, objection->byte, source.file);
      throw Refused{source.whole_line.empty() ? place : source.at(place.line, place.column), objection->message};
    }
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    try {
      if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);  // a second one is refused
    } catch (const YAML::Exception& error) {
      throw translate(error, source, builder);
    }
    Node root = builder.take();
    if (root.is_null()) root.set_where(source.at(1, 1));  // what it lacks is missing somewhere
    return root;
  } catch (const Refused& refused) {
    diagnostics.error(refused.where, refused.message);
    return {};
  }
}

void emit_text(YAML::Emitter& out, const std::string& text, bool quoted) {
  if (quoted) out << YAML::DoubleQuoted;
  out << text;
}

/// `column`: where the node is written, about; `flow`: it stands within brackets.
void emit(YAML::Emitter& out, const Node& node, std::size_t column, bool flow);

bool fits_on_a_line(const Node& node, std::size_t column) {
  return node.depth(2) <= 2 && column + write_yaml_line(node).size() <= kWidth;
}

/// An entry of a catalogue: in a list its word stands behind the dash, and only its fields in brackets.
bool is_catalog_entry(const Node& node) { return node.is_map() && node.entries().size() == 1; }

void emit_list(YAML::Emitter& out, const Node& node, std::size_t column, bool flow) {
  out << (flow ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
  for (const Node& item : node.items())
    emit(out, item, column + 4, flow || (!is_catalog_entry(item) && fits_on_a_line(item, column + 4)));
  out << YAML::EndSeq;
}

void emit_map(YAML::Emitter& out, const Node& node, std::size_t column, bool flow) {
  out << (flow ? YAML::Flow : YAML::Block) << YAML::BeginMap;
  for (const Node::Entry& entry : node.entries()) {
    out << YAML::Key;
    emit_text(out, entry.key, entry.key == "<<");
    out << YAML::Value;
    emit(out, entry.value, column + 2, flow || fits_on_a_line(entry.value, column + entry.key.size() + 2));
  }
  out << YAML::EndMap;
}

void emit(YAML::Emitter& out, const Node& node, std::size_t column, bool flow) {
  switch (node.type()) {
    case Node::Type::null:
      out << YAML::Null;
      break;
    case Node::Type::scalar:
      emit_text(out, node.text(), node.quoted() && looks_typed(node.text()));
      break;
    case Node::Type::list:
      emit_list(out, node, column, flow || node.items().empty());
      break;
    case Node::Type::map:
      emit_map(out, node, column, flow || node.entries().empty());
      break;
  }
}

std::string write(const Node& node, bool flow) {
  YAML::Emitter out;
  out.SetNullFormat(YAML::LowerNull);
  emit(out, node, 0, flow);
  return out.c_str();
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  return parse(text, {file, Lines(text), 0, {}}, diagnostics);
}

Node parse_yaml_value(std::string_view text, const Where& where, Diagnostics& diagnostics) {
  return parse(text, {where.file, Lines(text), where.column - 1, where.text}, diagnostics);
}

std::string write_yaml(const Node& node) { return write(node, false) + "\n"; }
std::string write_yaml_line(const Node& node) { return write(node, true); }

}  // namespace cnnctl
