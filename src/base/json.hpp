// How results are written as JSON. Bytes of names that are not UTF-8 become U+FFFD: a file name is no reason to fail.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cnnctl {

/// For people and files: indented by two, with an end of line.
std::string json_page(const nlohmann::json& value);
std::string json_page(const nlohmann::ordered_json& value);

/// In one line, without its end.
std::string json_line(const nlohmann::json& value);
std::string json_line(const nlohmann::ordered_json& value);

}  // namespace cnnctl
