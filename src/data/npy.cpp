#include "data/npy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/check.hpp"
#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace cnnctl {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMostHeader = 10'000;  // NumPy's own limit

/// What the header of a file says.
struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::size_t data_begin = 0;
};

/// Reads the header's Python dictionary: strings, True and False, tuples of integers, and nothing else.
class Literal {
 public:
  Literal(std::string_view text, const std::string& path) : text_(text), path_(path) {}

  Header read() {
    Header header;
    expect('{');
    while (!take('}')) {
      read_entry(header);
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (!text_.empty()) fail("text behind the dictionary");
    if (found_ != (kDescr | kOrder | kShape)) fail("descr, fortran_order or shape is missing");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw DataError(path_, "damaged .npy header: " + why); }

  void read_entry(Header& header) {
    const std::string key = string();
    expect(':');
    if (key == "descr") {
      header.descr = string();
      found_ |= kDescr;
    } else if (key == "fortran_order") {
      header.fortran_order = boolean();
      found_ |= kOrder;
    } else if (key == "shape") {
      header.shape = tuple();
      found_ |= kShape;
    } else {
      fail(fmt::format("unknown key '{}'", key));
    }
  }

  void skip() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }
  bool take(char c) {
    skip();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(fmt::format("expected '{}'", c));
  }

  std::string string() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) fail("a string does not end");
    const std::string value(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return value;
  }

  bool boolean() {
    skip();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    fail("fortran_order is neither True nor False");
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!take(')')) {
      skip();
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      if (error != std::errc() || value < 0 || value > (std::int64_t{1} << 40)) fail("shape is not a tuple of sizes");
      values.push_back(value);
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  static constexpr int kDescr = 1, kOrder = 2, kShape = 4;

  std::string_view text_;
  const std::string& path_;
  int found_ = 0;
};

std::size_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::size_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

Header read_header(std::string_view content, const std::string& path) {
  if (!content.starts_with(kMagic) || content.size() < 12) throw DataError(path, "is not a .npy file");
  const int version = content[6];
  if (version < 1 || version > 3 || content[7] != 0)
    throw DataError(
        path, fmt::format("is a .npy file of version {}.{}; known are 1.0, 2.0 and 3.0", version, int{content[7]}));
  const std::size_t length_bytes = version == 1 ? 2 : 4, begin = 8 + length_bytes;
  const std::size_t length = little_endian(content, 8, length_bytes);
  if (length > kMostHeader)
    throw DataError(path, fmt::format("has a .npy header of {} bytes; at most {} are allowed", length, kMostHeader));
  if (length > content.size() - begin) throw DataError(path, "is cut off inside the .npy header");
  Header header = Literal(content.substr(begin, length), path).read();
  header.data_begin = begin + length;
  return header;
}

/// Converts values of type T, of either byte order.
template <class T>
void convert(std::string_view bytes, bool swap, std::vector<float>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    char raw[sizeof(T)];
    std::memcpy(raw, bytes.data() + i * sizeof(T), sizeof(T));
    if (swap) std::reverse(raw, raw + sizeof(T));
    T value;
    std::memcpy(&value, raw, sizeof(T));
    out[i] = static_cast<float>(value);
  }
}

/// A type's letter and size as in "<f4", and how to convert it.
struct Type {
  std::string_view name;
  std::size_t size;
  void (*convert)(std::string_view, bool, std::vector<float>&);
};
constexpr Type kNpyTypes[] = {
    {"f4", 4, convert<float>},         {"f8", 8, convert<double>},        {"b1", 1, convert<std::uint8_t>},
    {"u1", 1, convert<std::uint8_t>},  {"i1", 1, convert<std::int8_t>},   {"u2", 2, convert<std::uint16_t>},
    {"i2", 2, convert<std::int16_t>},  {"u4", 4, convert<std::uint32_t>}, {"i4", 4, convert<std::int32_t>},
    {"u8", 8, convert<std::uint64_t>}, {"i8", 8, convert<std::int64_t>}};

const Type& find_type(const std::string& descr, const std::string& path) {
  if (descr.size() == 3 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos)
    for (const Type& type : kNpyTypes)
      if (descr.substr(1) == type.name) return type;
  throw DataError(path,
                  fmt::format("holds values of type '{}'; float32, float64, bool and integers can be read", descr));
}

/// Product of the sizes; a product beyond 2^40 is refused.
std::uint64_t count_of(std::span<const std::int64_t> shape, const std::string& path) {
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size != 0 && count > (std::uint64_t{1} << 40) / static_cast<std::uint64_t>(size))
      throw DataError(path, "has a shape of more than 2^40 values");
    count *= static_cast<std::uint64_t>(size);
  }
  return count;
}

}  // namespace

NpyArray read_npy(const std::string& path) {
  const Bytes file = read_data(path);
  const std::string_view content = text_of(file);
  const Header header = read_header(content, path);
  const Type& type = find_type(header.descr, path);
  if (header.fortran_order && header.shape.size() > 1)
    throw DataError(path, "is in Fortran order; save numpy.ascontiguousarray(x)");
  const std::uint64_t count = count_of(header.shape, path), expected = header.data_begin + count * type.size;
  if (content.size() != expected)
    throw DataError(path, fmt::format("holds {} bytes, its header asks for {}", content.size(), expected));
  NpyArray array{header.shape, std::vector<float>(count)};
  const char foreign = std::endian::native == std::endian::little ? '>' : '<';
  type.convert(content.substr(header.data_begin), header.descr[0] == foreign, array.values);
  return array;
}

void write_npy(const std::string& path, std::span<const std::int64_t> shape, std::span<const float> values) {
  CNNCTL_CHECK_EQ(values.size(), count_of(shape, path));
  std::string sizes;
  for (const std::int64_t size : shape) sizes += fmt::format("{}, ", size);
  if (shape.size() > 1) sizes.resize(sizes.size() - 2);
  if (shape.size() == 1) sizes.pop_back();
  const char order = std::endian::native == std::endian::little ? '<' : '>';
  std::string text = fmt::format("{{'descr': '{}f4', 'fortran_order': False, 'shape': ({}), }}", order, sizes);
  constexpr std::size_t kPrefix = 10, kAlign = 64;
  text.append((kAlign - (kPrefix + text.size() + 1) % kAlign) % kAlign, ' ');
  text += '\n';
  std::string head(kMagic);
  head += {'\x01', '\x00', static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  const std::string_view pieces[] = {head, text, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}};
  write_file_atomically(path, pieces);
}

}  // namespace cnnctl
