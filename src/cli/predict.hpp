// A network applied to pictures and arrays, batch by batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/model.hpp"
#include "data/npy.hpp"
#include "graph/program.hpp"
#include "picture/picture.hpp"

namespace cnnctl::cli {

/// Raw outputs of one input, in the file order C, H, W if they are an image.
using Row = std::vector<real>;

class Predictor {
 public:
  /// `model` and `workers` outlive the predictor. Throws MemoryError if the batch does not fit.
  Predictor(const TrainedModel& model, const Workers& workers, std::int64_t batch_size);

  std::int64_t batch_size() const { return batch_size_; }
  /// The values of a picture in the size and form of the checkpoint's pipeline.
  using Prepared = std::vector<std::uint8_t>;
  /// Throws DataError.
  Prepared read(const std::string& file) const;
  /// At most batch_size pictures, normalised by the checkpoint's pipeline, as in evaluation.
  std::vector<Row> pictures(const std::vector<Prepared>& pictures);

  /// An array (N,C,H,W), or (N,F) for a network on vectors, already normalised. `path` is for messages.
  std::vector<Row> array(const NpyArray& array, const std::string& path);

 private:
  std::vector<Row> forward(std::int64_t n);

  const TrainedModel& model_;
  const Workers& workers_;
  std::int64_t batch_size_;
  Program program_;
};

/// Probabilities: softmax of the outputs, or the outputs themselves if the network ends with softmax.
std::vector<double> probabilities(const TrainedModel& model, const Row& outputs);

}  // namespace cnnctl::cli
