// What a sample is: a row of columns, each with a name, a type and a shape. Knows neither files nor batches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/shape.hpp"

namespace cnnctl {

/// What the values of a column are.
enum class Element {
  u8,   // pixels, 0..255
  f32,  // numbers that stand for themselves
  i32,  // class numbers
};
constexpr std::size_t bytes_of(Element element) { return element == Element::u8 ? 1 : 4; }

/// One of the things that a sample consists of: a picture, its class, its mask, what it should become.
struct Column {
  std::string name;
  Element element = Element::u8;
  Shape shape;           // of one sample; in memory the channels come last
  bool spatial = false;  // an image that lies over the other spatial columns: what moves one moves all of them
  bool varies = false;   // height and width differ from sample to sample; those of `shape` are the first one's
  bool unit = false;     // of f32: pixels in 0..1, as of a picture with all bits of its file

  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * bytes_of(element); }
  /// The value of a white pixel; 0 where values are no pixels.
  float white() const { return element == Element::u8 ? 255.0f : unit ? 1.0f : 0.0f; }
  bool operator==(const Column&) const = default;
};

/// What all samples of a set have.
struct SampleSpec {
  std::vector<Column> columns;
  std::string input = "image", target = "class";  // columns that a network and a loss take unless told otherwise
  std::vector<std::string> class_names;           // by class number; empty where nothing is a class

  std::optional<std::size_t> find(std::string_view name) const;
  /// The column of this name, which is there.
  std::size_t index(std::string_view name) const;
  const Column& column(std::string_view name) const { return columns[index(name)]; }
  /// All columns of one sample.
  std::size_t bytes() const;
};

/// A picture and its class: what most sets consist of.
SampleSpec picture_and_class(const Shape& picture, std::vector<std::string> class_names);

/// The values of one sample, by the position of their column: in memory of the set, or in memory of this object, which
/// serves one reading after the other.
class Sample {
 public:
  /// The values of a column, (H, W, C) or (F): uint8_t, float or int32_t, as its element says.
  template <class T>
  const T* data(std::size_t column) const {
    return reinterpret_cast<const T*>(slots_[column].data);
  }
  /// Its size in this sample.
  const Shape& shape(std::size_t column) const { return slots_[column].shape; }

  /// The bytes of a column, which may be changed and adopted; the column is then without values.
  std::vector<std::uint8_t> release(std::size_t column, std::size_t bytes);

  // What reading calls: once for each column.
  /// The values stand in memory that outlives the sample.
  void borrow(std::size_t column, const void* values, const Shape& shape);
  /// The values are these bytes.
  void adopt(std::size_t column, std::vector<std::uint8_t> bytes, const Shape& shape);
  /// Room for values that are about to be written.
  template <class T>
  T* make(std::size_t column, const Shape& shape) {
    return reinterpret_cast<T*>(make_bytes(column, shape, static_cast<std::size_t>(shape.count()) * sizeof(T)));
  }

 private:
  struct Slot {
    const std::uint8_t* data = nullptr;
    Shape shape;
    std::vector<std::uint8_t> memory;
  };
  Slot& slot(std::size_t column);
  std::uint8_t* make_bytes(std::size_t column, const Shape& shape, std::size_t bytes);

  std::vector<Slot> slots_;
};

}  // namespace cnnctl
