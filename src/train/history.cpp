#include "train/history.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"

namespace cnnctl {
namespace {

using Json = nlohmann::ordered_json;

std::string text_at(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Environment environment_of(const Json& event) {
  Environment facts;
  if (const auto at = event.find("environment"); at != event.end() && at->is_object())
    for (const auto& [name, value] : at->items())
      if (value.is_string()) facts.emplace_back(name, value.get<std::string>());
  return facts;
}

}  // namespace

RunHistory read_history(const std::string& run_dir) {
  RunHistory history;
  const std::string path = run_dir + "/events.jsonl";
  if (!exists(path)) return history;
  const std::string content = read_file(path);
  bool straight = true;  // no rollback so far
  for (std::size_t begin = 0, end; (end = content.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const Json event = Json::parse(std::string_view(content).substr(begin, end - begin), nullptr, false);
    if (!event.is_object()) continue;
    const std::string what = text_at(event, "event"), hash = text_at(event, "weights_hash");
    if (what == "run_start" || what == "resume") {
      history.last = environment_of(event);
      if (what == "run_start") {
        history.began = history.last;
        history.epochs = event.value("epochs", std::int64_t{0});
      }
    }
    straight = straight && what != "rollback";
    const bool is_point = what == "run_start" || what == "step" || what == "epoch";
    if (!straight || !is_point || hash.empty() || !event.contains("step") || !event["step"].is_number_integer())
      continue;
    const std::int64_t step = event["step"].get<std::int64_t>();
    if (history.points.empty() || history.points.back().step < step) history.points.push_back({step, hash});
  }
  return history;
}

}  // namespace cnnctl
