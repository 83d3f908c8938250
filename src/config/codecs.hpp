// Codecs: how each C++ type that a field may have is read from a Node, written back, described and turned into JSON
// Schema; and the four public functions that walk the fields of an object. Included by fields.hpp, not by itself.
// Knows the types of fields.hpp; knows neither YAML's syntax nor any layer.
#pragma once

#include <concepts>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"

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

/// What a codec is told while reading.
struct Reading {
  std::string label;  // for messages: "conv2d.stride"
  Limits limits;
  Where where;  // of the key
  Diagnostics& diagnostics;

  bool fail(const Where& at, std::string message) const {
    diagnostics.error(at, std::move(message));
    return false;
  }
};

class Codec {
 public:
  virtual ~Codec() = default;
  /// Takes the value from `node`; on a mistake reports it and returns false.
  virtual bool read(const Node& node, const Reading& reading) = 0;
  /// The value as a node; none if the field is not set.
  virtual std::optional<Node> write() = 0;
  /// Words for the documentation: "integer", "one number or [height, width]".
  virtual std::string type() = 0;
  virtual std::vector<FieldDoc> nested() { return {}; }
  virtual Node schema(const Limits& limits) = 0;
};

/// Calls `fields` of some object.
using FieldsOf = FunctionRef<void(Fields&)>;

// The public functions, without types. The templates below are for callers.
bool read_fields(FieldsOf fields, const Node& node, std::string_view what, const Where& where,
                 Diagnostics& diagnostics);
Node write_fields(FieldsOf fields);
std::vector<FieldDoc> document_fields(FieldsOf fields);
Node schema_of(FieldsOf fields);

/// A struct or a class that visits its own fields.
template <class T>
concept HasFields = requires(T& object, Fields& f) {
  object.fields(f);
};

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

/// The codec of a type with fixed behaviour; members are in codecs.cpp.
template <class T>
class ValueCodec final : public Codec {
 public:
  explicit ValueCodec(T& value) : value_(value) {}
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type() override;
  Node schema(const Limits& limits) override;

 private:
  T& value_;
};

/// One of a list of words.
class WordCodec : public Codec {
 public:
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type() override;
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
  std::string type() override;
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
  std::string type() override;
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
  std::string type() override;
  Node schema(const Limits& limits) override;

 protected:
  virtual std::string_view noun() const = 0;
  virtual std::vector<std::string_view> names() const = 0;
  virtual std::string_view summary(std::size_t index) const = 0;
  virtual std::string_view selected() const = 0;                                              // empty: none
  virtual void select(std::size_t index) = 0;                                                 // makes a fresh object
  virtual void fields(Fields& f) = 0;                                                         // of the selected object
  virtual void with_fields_of(std::size_t index, FunctionRef<void(FieldsOf)> use) const = 0;  // of a fresh one
};

namespace detail {

/// Which codec serves T.
template <class T>
struct CodecFor {
  static_assert(std::same_as<T, bool> || std::same_as<T, std::int64_t> || std::same_as<T, double> ||
                    std::same_as<T, std::string> || std::same_as<T, Path> || std::same_as<T, Extent> ||
                    std::same_as<T, Padding>,
                "a field may be bool, int64_t, double, string, Path, Extent, Padding, an enum with Words, an object "
                "with fields(), or optional or vector of these");
  using type = ValueCodec<T>;
};

template <class E>
class EnumCodec final : public WordCodec {
 public:
  explicit EnumCodec(E& value) : value_(value) {}

 protected:
  std::vector<std::string_view> words() const override {
    std::vector<std::string_view> all;
    for (const auto& [word, value] : Words<E>::list) all.push_back(word);
    return all;
  }
  std::size_t get() const override {
    std::size_t index = 0;
    while (index + 1 < std::size(Words<E>::list) && Words<E>::list[index].second != value_) ++index;
    return index;
  }
  void set(std::size_t index) override { value_ = Words<E>::list[index].second; }

 private:
  E& value_;
};
template <class T>
requires std::is_enum_v<T>
struct CodecFor<T> {
  using type = EnumCodec<T>;
};

template <class T>
class StructCodec final : public ObjectCodec {
 public:
  explicit StructCodec(T& object) : object_(object) {}

 protected:
  void fields(Fields& f) override { object_.fields(f); }

 private:
  T& object_;
};
template <HasFields T>
struct CodecFor<T> {
  using type = StructCodec<T>;
};

/// The schema of a value that may also be null.
Node nullable(Node schema);

/// null, or the key left out: no value.
template <class T>
class OptionalCodec final : public Codec {
 public:
  explicit OptionalCodec(std::optional<T>& value) : value_(value) {}

  bool read(const Node& node, const Reading& reading) override {
    if (node.is_null()) {
      value_.reset();
      return true;
    }
    T fresh{};
    if (!typename CodecFor<T>::type(fresh).read(node, reading)) return false;
    value_ = std::move(fresh);
    return true;
  }
  std::optional<Node> write() override {
    if (!value_) return std::nullopt;
    return typename CodecFor<T>::type(*value_).write();
  }
  std::string type() override {
    return with_sample([](Codec& c) { return c.type(); });
  }
  std::vector<FieldDoc> nested() override {
    return with_sample([](Codec& c) { return c.nested(); });
  }
  Node schema(const Limits& limits) override {
    return nullable(with_sample([&limits](Codec& c) { return c.schema(limits); }));
  }

 private:
  template <class Use>
  auto with_sample(Use use) {
    T sample{};
    typename CodecFor<T>::type codec(sample);
    return use(static_cast<Codec&>(codec));
  }

  std::optional<T>& value_;
};
template <class T>
struct CodecFor<std::optional<T>> {
  using type = OptionalCodec<T>;
};

template <class T>
class VectorCodec final : public ListCodec {
 public:
  explicit VectorCodec(std::vector<T>& items) : items_(items) {}

 protected:
  std::size_t size() const override { return items_.size(); }
  void resize(std::size_t size) override { items_.assign(size, T{}); }
  void with_item(std::size_t index, FunctionRef<void(Codec&)> use) override {
    typename CodecFor<T>::type codec(items_[index]);
    use(codec);
  }
  void with_sample(FunctionRef<void(Codec&)> use) override {
    T sample{};
    typename CodecFor<T>::type codec(sample);
    use(codec);
  }

 private:
  std::vector<T>& items_;
};
template <class T>
struct CodecFor<std::vector<T>> {
  using type = VectorCodec<T>;
};

template <class Base>
class CatalogCodec final : public ChoiceCodec {
 public:
  CatalogCodec(Choice<Base>& choice, const Catalog<Base>& catalog) : choice_(choice), catalog_(catalog) {}

 protected:
  std::string_view noun() const override { return catalog_.noun(); }
  std::vector<std::string_view> names() const override { return catalog_.names(); }
  std::string_view summary(std::size_t index) const override { return catalog_.kinds()[index]->summary; }
  std::string_view selected() const override { return choice_ ? choice_.kind->name : std::string_view(); }
  void select(std::size_t index) override { choice_ = Choice<Base>(*catalog_.kinds()[index]); }
  void fields(Fields& f) override { choice_->fields(f); }
  void with_fields_of(std::size_t index, FunctionRef<void(FieldsOf)> use) const override {
    const std::unique_ptr<Base> fresh = catalog_.kinds()[index]->make();
    use(FieldsOf([&fresh](Fields& f) { fresh->fields(f); }));
  }

 private:
  Choice<Base>& choice_;
  const Catalog<Base>& catalog_;
};

template <class Base>
class ChoiceListCodec final : public ListCodec {
 public:
  ChoiceListCodec(std::vector<Choice<Base>>& items, const Catalog<Base>& catalog) : items_(items), catalog_(catalog) {}

 protected:
  std::size_t size() const override { return items_.size(); }
  void resize(std::size_t size) override {
    items_.clear();
    items_.resize(size);
  }
  void with_item(std::size_t index, FunctionRef<void(Codec&)> use) override {
    CatalogCodec<Base> codec(items_[index], catalog_);
    use(codec);
  }
  void with_sample(FunctionRef<void(Codec&)> use) override {
    Choice<Base> sample;
    CatalogCodec<Base> codec(sample, catalog_);
    use(codec);
  }

 private:
  std::vector<Choice<Base>>& items_;
  const Catalog<Base>& catalog_;
};

}  // namespace detail

template <class T>
void Fields::required(std::string_view name, T& value, std::string_view doc, Limits limits) {
  typename detail::CodecFor<T>::type codec(value);
  visit({name, doc, limits, true}, codec);
}
template <class T>
void Fields::optional(std::string_view name, T& value, std::string_view doc, Limits limits) {
  typename detail::CodecFor<T>::type codec(value);
  visit({name, doc, limits, false}, codec);
}
template <class Base>
void Fields::required(std::string_view name, Choice<Base>& value, const Catalog<Base>& catalog, std::string_view doc) {
  detail::CatalogCodec<Base> codec(value, catalog);
  visit({name, doc, {}, true}, codec);
}
template <class Base>
void Fields::optional(std::string_view name, Choice<Base>& value, const Catalog<Base>& catalog, std::string_view doc) {
  detail::CatalogCodec<Base> codec(value, catalog);
  visit({name, doc, {}, false}, codec);
}
template <class Base>
void Fields::optional(std::string_view name, std::vector<Choice<Base>>& value, const Catalog<Base>& catalog,
                      std::string_view doc) {
  detail::ChoiceListCodec<Base> codec(value, catalog);
  visit({name, doc, {}, false}, codec);
}

}  // namespace cnnctl
