#include "base/json.hpp"

#include <nlohmann/json.hpp>

namespace cnnctl {
namespace {

template <class Json>
std::string dumped(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string json_page(const nlohmann::json& value) { return dumped(value, 2) + "\n"; }
std::string json_page(const nlohmann::ordered_json& value) { return dumped(value, 2) + "\n"; }
std::string json_line(const nlohmann::json& value) { return dumped(value, -1); }
std::string json_line(const nlohmann::ordered_json& value) { return dumped(value, -1); }

}  // namespace cnnctl
