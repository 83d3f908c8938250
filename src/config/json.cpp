#include "config/json.hpp"

#include <nlohmann/json.hpp>

namespace cnnctl {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Node& node) {
  switch (node.type()) {
    case Node::Type::null:
      return nullptr;
    case Node::Type::scalar: {
      if (node.quoted()) return node.text();
      const Json value = Json::parse(node.text(), nullptr, false);
      return value.is_number() || value.is_boolean() ? value : Json(node.text());
    }
    case Node::Type::list: {
      Json list = Json::array();
      for (const Node& item : node.items()) list.push_back(to_json(item));
      return list;
    }
    case Node::Type::map: {
      Json map = Json::object();
      for (const Node::Entry& entry : node.entries()) map[entry.key] = to_json(entry.value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace

std::string write_json(const Node& node) { return to_json(node).dump(2) + "\n"; }

}  // namespace cnnctl
