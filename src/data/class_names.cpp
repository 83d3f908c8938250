#include "data/class_names.hpp"

#include <fmt/format.h>

#include <set>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "config/schema.hpp"
#include "config/source.hpp"
#include "data/dataset.hpp"

namespace cnnctl {
namespace {

using List = detail::VectorCodec<std::string>;

/// Without blanks at its ends.
std::string trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return std::string(line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1));
}

}  // namespace

std::vector<std::string> read_class_names(const std::string& path) {
  const Bytes file = read_data(path);
  const Lines lines(text_of(file));
  int last = lines.count();
  while (last > 0 && trimmed(lines.at(last)).empty()) --last;
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (int number = 1; number <= last; ++number) {
    const std::string place = fmt::format("{}:{}", path, number);
    names.push_back(trimmed(lines.at(number)));
    if (names.back().empty()) throw DataError(place, "the line is empty, where the name of a class is expected");
    check_class_name(place, names.back());
    if (!seen.insert(names.back()).second)
      throw DataError(place, fmt::format("the class name '{}' is there twice", names.back()));
  }
  if (names.empty()) throw DataError(path, "holds no names of classes");
  return names;
}

bool ClassNamesCodec::read(const Node& node, const Reading& r) {
  ClassNames fresh;
  if (node.is_scalar()) {
    Path path;
    if (!ValueCodec<Path>(path).read(node, r)) return false;
    try {
      fresh.names = read_class_names(path.text);
    } catch (const Error& error) {
      return r.fail(node.where(), fmt::format("{}: {}", r.label, error.what()));
    }
  } else if (!node.is_null()) {
    if (!List(fresh.names).read(node, r)) return false;
    if (fresh.names.empty()) return r.fail(node.where(), r.label + " must not be empty");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < fresh.names.size(); ++i)
      if (!seen.insert(fresh.names[i]).second)
        return r.fail(node.items()[i].where(), fmt::format("{} has '{}' twice", r.label, fresh.names[i]));
  }
  value_ = std::move(fresh);
  return true;
}

std::optional<Node> ClassNamesCodec::write() {
  if (value_.names.empty()) return std::nullopt;
  return List(value_.names).write();
}

std::string ClassNamesCodec::type(const Limits& limits) {
  return List(value_.names).type(limits) + ", or a file of lines";
}

Node ClassNamesCodec::schema(const Limits& limits) {
  return schema_any({List(value_.names).schema(limits), schema_type("string")});
}

}  // namespace cnnctl
