// A configuration: all that `config check` and `config show` do. What was understood is understood again as written.
#include "base/error.hpp"
#include "experiment/experiment.hpp"
#include "fuzz/target.hpp"
#include "model/network.hpp"

namespace cnnctl::fuzz {
namespace {

bool read(std::string_view bytes) {
  std::string resolved;
  try {
    const Experiment experiment = parse_experiment(std::string(bytes), "fuzz.yaml", {});
    const Network network(experiment.model, Network::Memory::later);
    resolved = resolved_yaml(experiment);
  } catch (const ConfigError&) {
    return false;
  }
  require(resolved_yaml(parse_experiment(resolved, "fuzz.yaml", {})) == resolved,
          "shown and read again, it is another");
  return true;
}

}  // namespace

const Target kConfig{"config", read};

}  // namespace cnnctl::fuzz
