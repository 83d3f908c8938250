// The four visitors of fields: one reads, one writes back, one documents, one makes a schema.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/codecs.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/yaml.hpp"

namespace cnnctl {
namespace {

/// Collects what fields there are, before any is read.
class FieldNames final : public Fields {
 public:
  void shorthand(std::string_view name) override { shorthand_ = name; }
  void check(bool, std::string_view, std::string_view) override {}

  const std::vector<std::string_view>& names() const { return names_; }
  std::string_view shorthand() const { return shorthand_; }

 private:
  void visit(const Info& info, Codec&) override { names_.push_back(info.name); }

  std::vector<std::string_view> names_;
  std::string_view shorthand_;
};

class FieldReader final : public Fields {
 public:
  FieldReader(const Node& map, std::string_view what, const Where& where, Diagnostics& diagnostics)
      : map_(map), what_(what), where_(where), diagnostics_(diagnostics) {}

  void shorthand(std::string_view) override {}
  void check(bool holds, std::string_view field, std::string_view message) override {
    if (holds || !good_) return;
    const Node::Entry* entry = map_.find_entry(field);
    diagnostics_.error(entry ? entry->value.where() : where_, std::string(message));
    good_ = false;
  }
  bool good() const { return good_; }
  /// Reports required fields that are missing, unless an unknown key means them.
  void report_missing() const {
    for (const auto& [name, doc] : missing_)
      if (!is_misspelt(name, map_, names_))
        diagnostics_.error(where_, fmt::format("{} needs '{}': {}", what_, name, doc));
  }
  /// The fields seen; an object may have fields that depend on those before.
  const std::vector<std::string_view>& names() const { return names_; }

 private:
  void visit(const Info& info, Codec& codec) override {
    names_.push_back(info.name);
    const Node::Entry* entry = map_.find_entry(info.name);
    if (entry) {
      const std::string label = what_ == kRoot ? std::string(info.name) : fmt::format("{}.{}", what_, info.name);
      good_ = codec.read(entry->value, {label, info.limits, entry->where, diagnostics_}) && good_;
    } else if (info.is_required) {
      missing_.emplace_back(info.name, info.doc);
      good_ = false;
    }
  }

  const Node& map_;
  std::string_view what_;
  const Where& where_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> names_;
  std::vector<std::pair<std::string_view, std::string_view>> missing_;  // name and doc
  bool good_ = true;
};

class FieldWriter final : public Fields {
 public:
  void shorthand(std::string_view) override {}
  void check(bool, std::string_view, std::string_view) override {}
  Node take() { return std::move(map_); }

 private:
  void visit(const Info& info, Codec& codec) override {
    if (auto value = codec.write()) map_.set(info.name, std::move(*value));
  }

  Node map_ = Node::map();
};

class FieldDocs final : public Fields {
 public:
  explicit FieldDocs(std::string_view shorthand) : shorthand_(shorthand) {}
  void shorthand(std::string_view) override {}
  void check(bool, std::string_view, std::string_view) override {}
  std::vector<FieldDoc> take() { return std::move(docs_); }

 private:
  void visit(const Info& info, Codec& codec) override {
    FieldDoc doc;
    doc.name = info.name;
    doc.type = codec.type(info.limits);
    doc.limits = limits_text(info.limits);
    doc.doc = info.doc;
    doc.required = info.is_required;
    doc.shorthand = info.name == shorthand_;
    doc.nested = codec.nested();
    const std::optional<Node> value = codec.write();
    if (!info.is_required && value && doc.nested.empty()) doc.default_value = write_yaml_line(*value);
    docs_.push_back(std::move(doc));
  }

  std::string_view shorthand_;
  std::vector<FieldDoc> docs_;
};

class FieldSchema final : public Fields {
 public:
  explicit FieldSchema(std::string_view shorthand) : shorthand_(shorthand) {}
  void shorthand(std::string_view) override {}
  void check(bool, std::string_view, std::string_view) override {}

  Node take() {
    Node object = schema_type("object");
    object.set("properties", std::move(properties_));
    if (!required_.items().empty()) object.set("required", std::move(required_));
    object.set("additionalProperties", Node::plain("false"));
    if (shorthand_.empty()) return object;
    return schema_any({std::move(object), std::move(short_form_)});
  }

 private:
  void visit(const Info& info, Codec& codec) override {
    Node field = codec.schema(info.limits);
    if (info.name == shorthand_) short_form_ = field;
    field.set("description", Node::string(std::string(info.doc)));
    const std::optional<Node> value = codec.write();
    if (!info.is_required && value) field.set("default", *value);
    properties_.set(info.name, std::move(field));
    if (info.is_required) required_.items().push_back(Node::string(std::string(info.name)));
  }

  std::string_view shorthand_;
  Node properties_ = Node::map(), required_ = Node::list(), short_form_;
};

/// Gives what stands under kShorthandKey its field's name, unless the field is there as well.
void expand_shorthand(Node& map, std::string_view shorthand) {
  const Node::Entry* entry = map.find_entry(kShorthandKey);
  if (!entry || shorthand.empty()) return;
  const Node::Entry short_form = *entry;
  map.erase(kShorthandKey);
  if (!map.find(shorthand)) map.set(shorthand, short_form.value, short_form.where);
}

FieldNames names_of(FieldsOf fields) {
  FieldNames names;
  fields(names);
  return names;
}

}  // namespace

bool read_fields(FieldsOf fields, const Node& node, std::string_view what, const Where& where,
                 Diagnostics& diagnostics) {
  const FieldNames names = names_of(fields);
  Node map = Node::map(node.where());
  if (node.is_map()) {
    map = node;
    expand_shorthand(map, names.shorthand());
  } else if (!node.is_null() && !names.shorthand().empty()) {
    map.set(names.shorthand(), node, node.where());
  } else if (!node.is_null()) {
    diagnostics.error(node.where(), names.names().empty()
                                        ? fmt::format("{} takes no fields, got {}", what, node.describe())
                                        : fmt::format("{} must be a map of fields, got {}; known are {}", what,
                                                      node.describe(), fmt::join(names.names(), ", ")));
    return false;
  }
  FieldReader reader(map, what, where, diagnostics);
  fields(reader);
  reader.report_missing();
  return refuse_unknown_keys(map, reader.names(), what, "field", diagnostics) && reader.good();
}

std::string_view shorthand_of(FieldsOf fields) { return names_of(fields).shorthand(); }

Node write_fields(FieldsOf fields) {
  FieldWriter writer;
  fields(writer);
  return writer.take();
}

std::vector<FieldDoc> document_fields(FieldsOf fields) {
  FieldDocs docs(names_of(fields).shorthand());
  fields(docs);
  return docs.take();
}

Node schema_of(FieldsOf fields) {
  FieldSchema schema(names_of(fields).shorthand());
  fields(schema);
  return schema.take();
}

}  // namespace cnnctl
