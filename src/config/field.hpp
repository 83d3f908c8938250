// Fields: one function per configurable thing says what YAML may hold; reading, refusing, documenting and writing back
// all walk it. Knows scalars, lists, objects and catalogue entries; knows no layer.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/catalog.hpp"
#include "tensor/sizes.hpp"

namespace cnnctl {

/// Bounds of a number, or of every number of a list.
struct Limits {
  double low = -1e300, high = 1e300;
  bool low_open = false, high_open = false;  // open: the bound itself is refused
  int axes = 0;                              // that a Sizes or Padding speaks of, 1 to 3; they must be told
};
constexpr Limits at_least(double low) { return {.low = low}; }
constexpr Limits between(double low, double high) { return {.low = low, .high = high}; }
constexpr Limits positive() { return {.low = 0, .low_open = true}; }
/// [0, 1)
constexpr Limits fraction() { return {.low = 0, .high = 1, .high_open = true}; }

/// For the numbers of a Sizes or Padding: each within `limits`, one for each of so many axes.
constexpr Limits per_axis(int axes, Limits limits) {
  limits.axes = axes;
  return limits;
}

/// What stands around an image, a sequence or a volume; in YAML a number for all sides, one number for each axis, two
/// for each axis (those before, then those after: [top, left, bottom, right]), or a rule by name.
struct Padding {
  enum class Rule { given, same, valid, full };
  Rule rule = Rule::given;
  Sizes before, after;  // meaningful for Rule::given; of no axis: no padding

  bool is_none() const { return rule == Rule::given && before.are_all(0) && after.are_all(0); }
  bool operator==(const Padding&) const = default;
};

/// A file or folder; in YAML relative to the file that names it, here as it can be opened. Empty: not given.
struct Path {
  std::string text;
  bool operator==(const Path&) const = default;
};

/// The legal words of an enumeration, in order: specialise for each enum that a field may hold, e.g.
/// template <> struct Words<Reduction> {
///   static constexpr std::pair<std::string_view, Reduction> list[] = {{"mean", Reduction::mean}, ...};
/// };
template <class E>
struct Words;

/// How one field is read from YAML, written back and described: see codec.hpp.
class Codec;

/// Visits every field of a configurable thing. The order of the calls is the order of the documentation.
///
///   void fields(Fields& f) override {
///     f.shorthand("kernel_size");                     // `max_pool2d: 2` means {kernel_size: 2}
///     f.required("kernel_size", kernel_size_, "size of a window", per_axis(2, at_least(1)));
///     f.optional("stride", stride_, "step between windows; default: kernel_size", per_axis(2, at_least(1)));
///   }
///
/// A field's type may be one with a FieldType (bool, int64_t, double, std::string, Path, Sizes, Padding: see
/// field_type.hpp), an enum with Words, a struct with `void fields(Fields&)`, std::optional of these, std::vector of
/// these, or a Choice (with its catalogue).
/// Optional fields keep the value that the member was initialised with.
class Fields {
 public:
  virtual ~Fields() = default;

  /// The field that a scalar (or a list) standing in place of the whole map means.
  virtual void shorthand(std::string_view name) = 0;

  template <class T>
  void required(std::string_view name, T& value, std::string_view doc, Limits limits = {});
  template <class T>
  void optional(std::string_view name, T& value, std::string_view doc, Limits limits = {});

  /// One entry of a catalogue: a bare word, {type: word, field: ...}, or {word: {field: ...}}.
  template <class Base>
  void required(std::string_view name, Choice<Base>& value, const Catalog<Base>& catalog, std::string_view doc);
  template <class Base>
  void optional(std::string_view name, Choice<Base>& value, const Catalog<Base>& catalog, std::string_view doc);
  /// A list of catalogue entries.
  template <class Base>
  void optional(std::string_view name, std::vector<Choice<Base>>& value, const Catalog<Base>& catalog,
                std::string_view doc);

  /// A rule over several fields. Reported at `field` with `message` when `holds` is false; checked only while reading
  /// and only if every field so far was read without error.
  virtual void check(bool holds, std::string_view field, std::string_view message) = 0;

 protected:
  struct Info {
    std::string_view name, doc;
    Limits limits;
    bool is_required;
  };
  virtual void visit(const Info& info, Codec& codec) = 0;
};

}  // namespace cnnctl
