#include "experiment/program_options.hpp"

namespace cnnctl {

ProgramOptions program_options(const Settings& settings, Mode mode, std::int64_t batch) {
  ProgramOptions options;
  options.mode = mode;
  options.batch = batch;
  options.fuse = settings.runtime.fuse;
  options.winograd = settings.runtime.winograd;
  options.keep_gradients = settings.train.clip_grad_norm.has_value();  // their norm takes all of them together
  return options;
}

}  // namespace cnnctl
