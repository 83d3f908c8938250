// The codecs of values that are made of others: words of a list, objects, lists, entries of a catalogue.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "config/codecs.hpp"
#include "config/entry.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"

namespace cnnctl {

bool WordCodec::read(const Node& node, const Reading& r) {
  const std::vector<std::string_view> legal = words();
  if (node.is_scalar()) {
    for (std::size_t i = 0; i < legal.size(); ++i) {
      if (node.text() != legal[i]) continue;
      set(i);
      return true;
    }
  }
  return r.fail(node.is_null() ? r.where : node.where(),
                fmt::format("{} must be one of {}, got {}{}", r.label, join(legal), node.describe(),
                            node.is_scalar() ? suggest(node.text(), legal) : ""));
}

std::optional<Node> WordCodec::write() { return Node::string(std::string(words()[get()])); }

std::string WordCodec::type(const Limits&) { return join(words(), " | "); }

Node WordCodec::schema(const Limits&) { return schema_words(words()); }

bool ObjectCodec::read(const Node& node, const Reading& r) {
  return read_fields(FieldsOf([this](Fields& f) { fields(f); }), node, r.label, r.where, r.diagnostics);
}

std::optional<Node> ObjectCodec::write() {
  return write_fields(FieldsOf([this](Fields& f) { fields(f); }));
}

std::string ObjectCodec::type(const Limits&) { return "map"; }

std::vector<FieldDoc> ObjectCodec::nested() {
  return document_fields(FieldsOf([this](Fields& f) { fields(f); }));
}

Node ObjectCodec::schema(const Limits&) {
  return schema_of(FieldsOf([this](Fields& f) { fields(f); }));
}

bool ListCodec::read(const Node& node, const Reading& r) {
  if (node.is_null()) {
    resize(0);
    return true;
  }
  if (node.is_map())
    return r.fail(node.where(), fmt::format("{} must be a list, got a map ('- ' begins an item)", r.label));
  const auto read_item = [&](std::size_t i, const Node& item, const std::string& label) {
    bool good = false;
    const Reading reading{label, r.limits, item.where(), r.diagnostics};
    with_item(i, [&](Codec& codec) { good = codec.read(item, reading); });
    return good;
  };
  if (node.is_scalar()) {  // a single value stands for a list of one
    resize(1);
    return read_item(0, node, r.label);
  }
  resize(node.items().size());
  bool good = true;
  for (std::size_t i = 0; i < size(); ++i)
    good = read_item(i, node.items()[i], fmt::format("{}[{}]", r.label, i)) && good;
  return good;
}

std::optional<Node> ListCodec::write() {
  Node list = Node::list();
  for (std::size_t i = 0; i < size(); ++i)
    with_item(i, [&list](Codec& codec) {
      if (auto item = codec.write()) list.items().push_back(std::move(*item));
    });
  return list;
}

std::string ListCodec::type(const Limits& limits) {
  std::string text;
  with_sample([&](Codec& codec) { text = "list of (" + codec.type(limits) + ")"; });
  return text;
}

std::vector<FieldDoc> ListCodec::nested() {
  std::vector<FieldDoc> fields;
  with_sample([&fields](Codec& codec) { fields = codec.nested(); });
  return fields;
}

Node ListCodec::schema(const Limits& limits) {
  Node items;
  with_sample([&](Codec& codec) { items = codec.schema(limits); });
  return schema_any({schema_array(items), items});
}

bool ChoiceCodec::read(const Node& node, const Reading& r) {
  const std::vector<std::string_view> words = names();
  if (node.is_null()) return r.fail(r.where, fmt::format("{} must be one of {}, got nothing", r.label, join(words)));
  const std::optional<Entry> entry = read_entry(node, noun(), words, r.diagnostics);
  if (!entry) return false;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == entry->word) select(i, entry->where);
  return read_fields(FieldsOf([this](Fields& f) { fields(f); }), entry->body, entry->word, entry->where, r.diagnostics);
}

std::optional<Node> ChoiceCodec::write() {
  const std::string word(selected());
  if (word.empty()) return std::nullopt;
  Node fields_node = write_fields(FieldsOf([this](Fields& f) { fields(f); }));
  Node node = Node::map();
  node.set("type", Node::string(word));
  for (Node::Entry& entry : fields_node.entries()) node.set(entry.key, std::move(entry.value));
  return node;
}

std::string ChoiceCodec::type(const Limits&) { return join(names(), " | "); }

Node ChoiceCodec::schema(const Limits&) {
  const std::vector<std::string_view> words = names();
  Node by_name = Node::map();  // {word: fields}
  std::vector<Node> typed_forms;
  for (std::size_t i = 0; i < words.size(); ++i) {
    Node full;
    with_fields_of(i, [&full](FieldsOf of) { full = schema_of(of); });
    full.set("description", Node::string(std::string(summary(i).substr(0, summary(i).find('\n')))));
    by_name.set(words[i], full);
    const Node* alternatives = full.find("anyOf");  // with a shorthand, the map is the first of them
    Node typed = alternatives ? alternatives->items()[0] : full;
    Node word = Node::map();
    word.set("const", Node::string(std::string(words[i])));
    typed.find("properties")->set("type", std::move(word));
    if (!typed.find("required")) typed.set("required", Node::list());
    typed.find("required")->items().push_back(Node::string("type"));
    typed_forms.push_back(std::move(typed));
  }
  std::vector<Node> forms = {schema_words(words), schema_one_of(std::move(by_name))};
  std::ranges::move(typed_forms, std::back_inserter(forms));
  return schema_any(std::move(forms));
}

Node detail::nullable(Node schema) { return schema_any({std::move(schema), schema_type("null")}); }

}  // namespace cnnctl
