#include "train/nan_bundle.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "cnnctl.nan/1";

constexpr std::pair<std::string_view, NanFacts::What> kWhat[] = {
    {"loss", NanFacts::What::loss}, {"weights", NanFacts::What::weights}, {"validation", NanFacts::What::validation}};

std::string_view word_of(NanFacts::What what) {
  for (const auto& [word, value] : kWhat)
    if (value == what) return word;
  return "";
}
NanFacts::What what_from(const std::string& word) {
  for (const auto& [known, value] : kWhat)
    if (known == word) return value;
  throw std::invalid_argument("'" + word + "' cannot be what was not finite");
}

/// JSON has no word for what this file is about.
Json number_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
double number_from(const Json& json) {
  if (json.is_number()) return json.get<double>();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto word = json.get<std::string>();
  return word == "inf" ? kInfinity : word == "-inf" ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
}

Json facts_json(const NanFacts& facts) {
  Json environment = Json::object();
  for (const auto& [name, value] : facts.environment) environment[name] = value;
  return {{"schema", kSchema},
          {"what", word_of(facts.what)},
          {"epoch", facts.epoch},
          {"step", facts.step},
          {"lr", facts.lr},
          {"loss", number_json(facts.loss)},
          {"weights_hash", facts.weights_hash},
          {"samples", facts.samples},
          {"message", facts.message},
          {"environment", environment}};
}

/// A second name for the file where the file system has that, else a copy.
void link_or_copy(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) write_file_atomically(to, read_file(from));
}

}  // namespace

std::string write_nan_bundle(const std::string& run_dir, const NanFacts& facts) {
  const std::string folder = run_dir + "/nan", fresh = run_dir + "/.nan.tmp";
  std::error_code error;
  fs::remove_all(fresh, error);
  make_folders(fresh + "/checkpoints");
  link_or_copy(RunDir::state_of(run_dir), RunDir::state_of(fresh));
  write_file_atomically(fresh + "/config.resolved.yaml", read_file(run_dir + "/config.resolved.yaml"));
  write_file_atomically(fresh + "/nan.json", json_page(facts_json(facts)));
  fs::remove_all(folder, error);
  fs::rename(fresh, folder, error);
  if (error) throw IoError(folder, "make the folder", error.value());
  return folder;
}

NanFacts read_nan_bundle(const std::string& folder) {
  const std::string path = folder + "/nan.json";
  if (!exists(path))
    throw UsageError(
        fmt::format("{} keeps nothing to replay (nan.json is missing); a training that meets a number "
                    "which is not finite leaves such a folder as <run>/nan",
                    folder));
  try {
    const Json json = Json::parse(read_file(path));
    NanFacts facts;
    if (json.at("schema") != kSchema) throw std::invalid_argument("its schema is " + json.at("schema").dump());
    facts.what = what_from(json.at("what").get<std::string>());
    facts.epoch = json.at("epoch").get<std::int64_t>();
    facts.step = json.at("step").get<std::int64_t>();
    facts.lr = json.at("lr").get<double>();
    facts.loss = number_from(json.at("loss"));
    facts.weights_hash = json.at("weights_hash").get<std::string>();
    facts.samples = json.at("samples").get<std::vector<std::uint32_t>>();
    facts.message = json.at("message").get<std::string>();
    for (const auto& [name, value] : json.at("environment").items())
      facts.environment.emplace_back(name, value.get<std::string>());
    return facts;
  } catch (const Json::exception& damage) {
    throw DataError(path, damage.what());
  } catch (const std::invalid_argument& damage) {
    throw DataError(path, damage.what());
  }
}

}  // namespace cnnctl
