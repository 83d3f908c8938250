// A word in a configuration whose meaning is found out later: it keeps its place for the message that it may need.
#pragma once

#include <optional>
#include <string>

#include "config/fields.hpp"

namespace cnnctl {

struct Name {
  std::string text;  // empty: not given
  Where where;
};

class NameCodec final : public Codec {
 public:
  explicit NameCodec(Name& name) : name_(name) {}

  bool read(const Node& node, const Reading& reading) override {
    name_ = {"", node.where()};
    return node.is_null() || ValueCodec<std::string>(name_.text).read(node, reading);
  }
  std::optional<Node> write() override {
    if (name_.text.empty()) return std::nullopt;
    return Node::string(name_.text);
  }
  std::string type(const Limits&) override { return "name"; }
  Node schema(const Limits& limits) override { return ValueCodec<std::string>(name_.text).schema(limits); }

 private:
  Name& name_;
};
template <>
struct detail::CodecFor<Name> {
  using type = NameCodec;
};

}  // namespace cnnctl
