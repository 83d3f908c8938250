#include "train/saver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/file.hpp"
#include "train/run_dir.hpp"

namespace cnnctl {

Saver::Saver(const std::string& run_dir, const CheckpointConfig& config, const Network& network,
             const OptimizerState& state, CheckpointInfo info, const DataRecord& data, Saved saved)
    : run_dir_(run_dir),
      folder_(run_dir + "/checkpoints"),
      config_(config),
      network_(network),
      state_(state),
      info_(std::move(info)),
      data_(data),
      saved_(std::move(saved)) {
  make_folders(folder_);
  remove_temporaries(folder_);
}

bool Saver::due(const TrainingProgress& progress) const {
  if (config_.every_steps && progress.step % *config_.every_steps == 0) return true;
  const std::chrono::duration<double, std::ratio<60>> minutes = std::chrono::steady_clock::now() - last_save_;
  return minutes.count() >= config_.every_minutes;
}

TrainingProgress Saver::load_state(Network& network, const OptimizerState& state) const {
  return cnnctl::load_state(RunDir::state_of(run_dir_), network, state.named()).progress;
}

void Saver::save_state(const TrainingProgress& progress) {
  CheckpointInfo info = info_;
  info.progress = progress;
  info.metrics = "{}";
  const std::string path = RunDir::state_of(run_dir_);
  cnnctl::save_state(path, network_, state_.named(), info, &data_);
  last_save_ = std::chrono::steady_clock::now();
  saved_(path, progress.step);
}

void Saver::save_models(const TrainingProgress& progress, const std::string& metrics, bool best) {
  CheckpointInfo info = info_;
  info.progress = progress;
  info.metrics = metrics;
  if (config_.every_epochs && progress.epoch % *config_.every_epochs == 0) {
    save(fmt::format("epoch-{:03}", progress.epoch), info);
    forget_old_epochs();
  }
  if (best) save("best", info);
  save("last", info);
}

void Saver::save(const std::string& name, const CheckpointInfo& info) {
  const std::string path = fmt::format("{}/{}.safetensors", folder_, name);
  save_model(path, network_, info);
  saved_(path, info.progress.step);
}

void Saver::forget_old_epochs() const {
  if (!config_.keep) return;
  std::vector<std::pair<std::size_t, std::string>> kept;  // by length, so that epoch-1000 stands behind epoch-999
  for (const std::string& name : list_folder(folder_))
    if (name.starts_with("epoch-") && name.ends_with(".safetensors")) kept.emplace_back(name.size(), name);
  std::sort(kept.begin(), kept.end());
  for (std::size_t i = 0; i + static_cast<std::size_t>(*config_.keep) < kept.size(); ++i)
    std::remove((folder_ + "/" + kept[i].second).c_str());
}

}  // namespace cnnctl
