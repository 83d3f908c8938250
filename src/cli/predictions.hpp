// What infer says of its inputs, in the format asked for: lines as they come, or one object at the end.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/commands.hpp"
#include "cli/predict.hpp"

namespace cnnctl::cli {

class Predictions {
 public:
  using Write = std::function<void(std::string_view)>;
  /// The `top_k` most likely classes of each input go to `write`. The model outlives it.
  Predictions(const TrainedModel& model, Format format, std::int64_t top_k, Write write);
  ~Predictions();

  void add(const std::string& input, const Row& outputs);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnnctl::cli
