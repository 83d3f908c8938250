// Codec: how one field is read from a Node, written back, described and turned into JSON Schema; and the four public
// functions that do so with all fields of an object. Knows no YAML syntax and no layer.
#pragma once

#include <concepts>

#include "base/workers.hpp"
#include "config/field_type.hpp"

namespace cnnctl {

/// One field, documented.
struct FieldDoc {
  std::string name;
  std::string type;           // "integer", "list of numbers", "none | mean | sum"
  std::string default_value;  // as YAML; empty for none
  std::string limits;         // "at least 1"; empty for none
  std::string doc;
  bool required = false;
  bool shorthand = false;        // the field that a scalar in place of the map means
  std::vector<FieldDoc> nested;  // of an object, or of the objects in a list
};

class Codec {
 public:
  virtual ~Codec() = default;
  /// Takes the value from `node`; on a mistake reports it and returns false.
  virtual bool read(const Node& node, const Reading& reading) = 0;
  /// The value as a node; none if the field is not set.
  virtual std::optional<Node> write() = 0;
  /// Words for the documentation: "integer", "one number or [height, width]".
  virtual std::string type(const Limits& limits) = 0;
  virtual std::vector<FieldDoc> nested() { return {}; }
  virtual Node schema(const Limits& limits) = 0;
};

/// Calls `fields` of some object.
using FieldsOf = FunctionRef<void(Fields&)>;

// The public functions, without types. The templates below are for callers.
bool read_fields(FieldsOf fields, const Node& node, std::string_view what, const Where& where,
                 Diagnostics& diagnostics);
Node write_fields(FieldsOf fields);
/// The field that a scalar in place of the map means; empty if none does.
std::string_view shorthand_of(FieldsOf fields);
std::vector<FieldDoc> document_fields(FieldsOf fields);
Node schema_of(FieldsOf fields);

/// A struct or a class that visits its own fields.
template <class T>
concept HasFields = requires(T& object, Fields& f) {
  object.fields(f);
};

/// The `what` of a whole file: its fields are called "seed", not "the configuration.seed".
constexpr std::string_view kRoot = "the configuration";

/// Reads all fields of `object` from a map (or a scalar or list, if the object has a shorthand; null: no fields).
/// `what` names the object in messages ("conv2d"), `where` is the place that a missing field is reported at. Every
/// mistake goes to `diagnostics`; returns whether there was none.
template <HasFields T>
bool read_fields(T& object, const Node& node, std::string_view what, const Where& where, Diagnostics& diagnostics) {
  return read_fields(FieldsOf([&object](Fields& f) { object.fields(f); }), node, what, where, diagnostics);
}
template <HasFields T>
bool read_fields(T& object, const Node& node, std::string_view what, Diagnostics& diagnostics) {
  return read_fields(object, node, what, node.where(), diagnostics);
}

/// All fields as a map, defaults included; what is not set is left out. Reading it again gives the same object.
template <HasFields T>
Node write_fields(T& object) {
  return write_fields(FieldsOf([&object](Fields& f) { object.fields(f); }));
}

/// One entry a field, in order.
template <HasFields T>
std::vector<FieldDoc> document_fields(T& object) {
  return document_fields(FieldsOf([&object](Fields& f) { object.fields(f); }));
}

/// JSON Schema (2020-12) of the map of fields, shorthand included; write_json() (json.hpp) makes text of it.
template <HasFields T>
Node schema_of(T& object) {
  return schema_of(FieldsOf([&object](Fields& f) { object.fields(f); }));
}

/// The codec of a type whose values stand for themselves.
template <HasFieldType T>
class ValueCodec final : public Codec {
 public:
  explicit ValueCodec(T& value) : value_(value) {}
  bool read(const Node& node, const Reading& reading) override { return FieldType<T>::read(value_, node, reading); }
  std::optional<Node> write() override { return FieldType<T>::write(value_); }
  std::string type(const Limits& limits) override { return FieldType<T>::type(limits); }
  Node schema(const Limits& limits) override { return FieldType<T>::schema(limits); }

 private:
  T& value_;
};

/// One of a list of words.
class WordCodec : public Codec {
 public:
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type(const Limits& limits) override;
  Node schema(const Limits& limits) override;

 protected:
  virtual std::vector<std::string_view> words() const = 0;
  virtual std::size_t get() const = 0;
  virtual void set(std::size_t index) = 0;
};

/// An object with fields of its own.
class ObjectCodec : public Codec {
 public:
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type(const Limits& limits) override;
  std::vector<FieldDoc> nested() override;
  Node schema(const Limits& limits) override;

 protected:
  virtual void fields(Fields& f) = 0;
};

/// A list of values of one type.
class ListCodec : public Codec {
 public:
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type(const Limits& limits) override;
  std::vector<FieldDoc> nested() override;
  Node schema(const Limits& limits) override;

 protected:
  virtual std::size_t size() const = 0;
  virtual void resize(std::size_t size) = 0;
  virtual void with_item(std::size_t index, FunctionRef<void(Codec&)> use) = 0;
  virtual void with_sample(FunctionRef<void(Codec&)> use) = 0;  // an item that is in no list, for documentation
};

/// An entry of a catalogue.
class ChoiceCodec : public Codec {
 public:
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type(const Limits& limits) override;
  Node schema(const Limits& limits) override;

 protected:
  virtual std::string_view noun() const = 0;
  virtual std::vector<std::string_view> names() const = 0;
  virtual std::string_view summary(std::size_t index) const = 0;
  virtual std::string_view selected() const = 0;                                              // empty: none
  virtual void select(std::size_t index, const Where& where) = 0;                             // makes a fresh object
  virtual void fields(Fields& f) = 0;                                                         // of the selected object
  virtual void with_fields_of(std::size_t index, FunctionRef<void(FieldsOf)> use) const = 0;  // of a fresh one
};

}  // namespace cnnctl
