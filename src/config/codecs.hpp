// Which codec serves which C++ type: the templates of fields.hpp, reduced to the classes of codec.hpp. Included by
// fields.hpp, not by itself; everything that needs no template is in the .cpp files.
#pragma once

#include "config/codec.hpp"

namespace cnnctl {

namespace detail {

/// Which codec serves T.
template <class T>
struct CodecFor {
  static_assert(HasFieldType<T>,
                "a field may be of a type with a FieldType, an enum with Words, an object with fields(), or optional "
                "or vector of these");
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
  std::string type(const Limits& limits) override {
    return with_sample([&limits](Codec& c) { return c.type(limits); });
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
  void select(std::size_t index, const Where& where) override {
    choice_ = Choice<Base>(*catalog_.kinds()[index], where);
  }
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
