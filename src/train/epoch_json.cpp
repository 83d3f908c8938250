#include "train/epoch_json.hpp"

#include <nlohmann/json.hpp>

namespace cnnctl {

std::string epoch_json(const EpochEvent& e) {
  nlohmann::ordered_json json = {{"epoch", e.epoch}};
  each_number(e, [&json](const std::string& name, double value) { json[name] = value; });
  return json.dump();
}

}  // namespace cnnctl
