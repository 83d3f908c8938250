// A catalogue: the explicit, ordered list of everything of one kind that YAML may name.
// Knows names, one-line descriptions, examples and how to make a new one; knows nothing of what the entries do.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace cnnctl {

/// One entry. `summary` is a line, and behind it may stand two more: the formula in plain text, and where it comes
/// from, if that is a paper. `example` is YAML for its fields ("{out_channels: 8, kernel_size: 3}", or "" for none): it
/// is shown in the reference and is the input of the contract tests.
template <class Base>
struct Kind {
  std::string_view name;
  std::string_view summary;
  std::string_view example;
  std::unique_ptr<Base> (*make)();
  std::unique_ptr<Base> (*clone)(const Base&);
};

/// Describes the class T as the entry `name`.
template <class Base, class T>
constexpr Kind<Base> kind_of(std::string_view name, std::string_view summary, std::string_view example) {
  return {name, summary, example, [] { return std::unique_ptr<Base>(std::make_unique<T>()); },
          [](const Base& other) { return std::unique_ptr<Base>(std::make_unique<T>(static_cast<const T&>(other))); }};
}

template <class Base>
class Catalog {
 public:
  /// `noun` names what is listed, for messages: "layer", "optimizer".
  constexpr Catalog(std::string_view noun, std::span<const Kind<Base>* const> kinds) : noun_(noun), kinds_(kinds) {}

  std::string_view noun() const { return noun_; }
  std::span<const Kind<Base>* const> kinds() const { return kinds_; }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> all;
    for (const Kind<Base>* kind : kinds_) all.push_back(kind->name);
    return all;
  }
  const Kind<Base>* find(std::string_view name) const {
    for (const Kind<Base>* kind : kinds_)
      if (kind->name == name) return kind;
    return nullptr;
  }

 private:
  std::string_view noun_;
  std::span<const Kind<Base>* const> kinds_;
};

/// What YAML chose from a catalogue: the entry and the object with its fields read. Copies clone the object.
template <class Base>
struct Choice {
  const Kind<Base>* kind = nullptr;
  std::unique_ptr<Base> value;
  Where where;  // of its word in YAML, for what is found out later

  Choice() = default;
  explicit Choice(const Kind<Base>& k, Where place = {}) : kind(&k), value(k.make()), where(std::move(place)) {}
  Choice(const Choice& other)
      : kind(other.kind), value(other.value ? kind->clone(*other.value) : nullptr), where(other.where) {}
  Choice& operator=(const Choice& other) {
    Choice copy(other);
    return *this = std::move(copy);
  }
  Choice(Choice&&) noexcept = default;
  Choice& operator=(Choice&&) noexcept = default;

  explicit operator bool() const { return value != nullptr; }
  Base* operator->() const { return value.get(); }
  Base& operator*() const { return *value; }
};

}  // namespace cnnctl
