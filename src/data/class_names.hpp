// Names of classes that the data themselves know by numbers alone: in the configuration, or in a file of lines.
#pragma once

#include <string>
#include <vector>

#include "config/fields.hpp"

namespace cnnctl {

/// Names of the classes 0, 1 ...; none: not given. In YAML a list, or the path of a file with one name a line, which is
/// read at once: what is written back is the list.
struct ClassNames {
  std::vector<std::string> names;
};

/// The names in a file, one a line; blanks at their ends and empty lines at the end of the file do not count. Throws
/// DataError with file and line for what cannot be a name, and for one that stands there twice.
std::vector<std::string> read_class_names(const std::string& path);

class ClassNamesCodec final : public Codec {
 public:
  explicit ClassNamesCodec(ClassNames& value) : value_(value) {}
  bool read(const Node& node, const Reading& reading) override;
  std::optional<Node> write() override;
  std::string type(const Limits& limits) override;
  Node schema(const Limits& limits) override;

 private:
  ClassNames& value_;
};
template <>
struct detail::CodecFor<ClassNames> {
  using type = ClassNamesCodec;
};

}  // namespace cnnctl
