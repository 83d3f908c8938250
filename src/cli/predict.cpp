#include "cli/predict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/data_file.hpp"
#include "base/error.hpp"
#include "base/memory.hpp"
#include "base/nan.hpp"
#include "data/loader.hpp"
#include "experiment/forecast.hpp"
#include "train/training_data.hpp"

namespace cnnctl::cli {
namespace {

/// Throws MemoryError before the program takes memory for the batch.
ProgramPlan plan_in_memory(const TrainedModel& model, const Workers& workers, std::int64_t batch_size) {
  const Network& network = *model.network;
  return plan_within(
      available_memory(), batch_size,
      [&](std::int64_t batch) { return plan_inference(network, workers, model.experiment.settings, batch); },
      [&](const ProgramPlan& plan) { return forecast_inference(network, workers, plan).total(); },
      [&](const ProgramPlan& plan) { return largest_need(network, model.experiment.settings, plan, 0); });
}

/// Position in the file's order (channels first, as C,H,W) of memory position i (channels last, as H,W,C).
std::size_t file_position(const Shape& shape, std::int64_t i) {
  return static_cast<std::size_t>(i % shape.channels() * shape.positions() + i / shape.channels());
}

/// Throws DataError with the place of the first value that is not finite.
void require_finite(const NpyArray& array, const std::string& path) {
  const auto bad = std::find_if(array.values.begin(), array.values.end(), [](float v) { return !std::isfinite(v); });
  if (bad == array.values.end()) return;
  std::vector<std::int64_t> place(array.shape.size());
  std::int64_t rest = bad - array.values.begin();
  for (std::size_t d = place.size(); d-- > 0; rest /= array.shape[d]) place[d] = rest % array.shape[d];
  const auto count = std::count_if(bad, array.values.end(), [](float v) { return !std::isfinite(v); });
  throw DataError(path, fmt::format("{} of {} values are not finite, the first at [{}]: {}", count, array.values.size(),
                                    fmt::join(place, ", "), unsigned_nan(*bad)));
}

}  // namespace

Predictor::Predictor(const TrainedModel& model, const Workers& workers, std::int64_t batch_size)
    : model_(model),
      workers_(workers),
      batch_size_(batch_size),
      program_(plan_in_memory(model, workers, batch_size), *model.network, workers) {
  if (model.network->inputs().size() != 1)
    throw UsageError(fmt::format("infer gives a model one input, and this one has {}; eval reads them from its data",
                                 model.network->inputs().size()));
  program_.refresh();
}

Predictor::Prepared Predictor::read(const std::string& file) const {
  const Pipeline& pipeline = model_.pipeline();
  const std::int64_t channels = pipeline.picture.channels();
  if (!pipeline.deep) return fitted(read_picture(file, channels, pipeline.orientation), pipeline).pixels;
  const std::vector<float> numbers =
      fitted(decode_deep(text_of(read_data(file)), file, channels, pipeline.orientation), pipeline).pixels;
  const auto bytes = std::as_bytes(std::span(numbers));
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return {begin, begin + bytes.size()};
}

std::vector<Row> Predictor::pictures(const std::vector<Prepared>& pictures) {
  const Pipeline& pipeline = model_.pipeline();
  const auto count = static_cast<std::int64_t>(pictures.size());
  Bytes pixels;
  for (const Prepared& picture : pictures) pixels.insert(pixels.end(), picture.begin(), picture.end());
  SampleSpec spec;
  spec.columns = {{spec.input, pipeline.deep ? Element::f32 : Element::u8, pipeline.picture, true, false}};
  std::vector<MemorySamples::Values> values;
  values.push_back({std::move(pixels), 0});
  const MemorySamples samples(std::move(spec), count, std::move(values));
  // The loader of the training, so that a picture becomes the same numbers as there.
  Loader::Options options;
  options.batch_size = batch_size_;
  Loader loader(samples, all_indices(count), pipeline, options);
  loader.place(loader.spec().input, program_.input().data);
  loader.fill(workers_, 0);
  return forward(count);
}

std::vector<Row> Predictor::array(const NpyArray& array, const std::string& path) {
  const Shape& input = model_.network->input();
  const bool fits = array.shape.size() == input.sizes().size() + 1 &&
                    std::equal(input.sizes().begin(), input.sizes().end(), array.shape.begin() + 1);
  if (!fits)
    throw DataError(path,
                    fmt::format("the array is {}, but the model takes Nx{}", fmt::join(array.shape, "x"), input.str()));
  require_finite(array, path);
  const std::int64_t count = input.count();
  std::vector<Row> rows;
  for (std::int64_t begin = 0; begin < array.shape[0]; begin += batch_size_) {
    const std::int64_t n = std::min(batch_size_, array.shape[0] - begin);
    for (std::int64_t s = 0; s < n; ++s) {
      const float* source = array.values.data() + (begin + s) * count;
      real* target = program_.input().data + s * count;
      for (std::int64_t i = 0; i < count; ++i) target[i] = static_cast<real>(source[file_position(input, i)]);
    }
    for (Row& row : forward(n)) rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> Predictor::forward(std::int64_t n) {
  const ConstView output = program_.forward(n);
  const std::int64_t count = output.shape.count();
  std::vector<Row> rows(static_cast<std::size_t>(n), Row(static_cast<std::size_t>(count)));
  for (std::int64_t s = 0; s < n; ++s)
    for (std::int64_t i = 0; i < count; ++i)
      rows[static_cast<std::size_t>(s)][file_position(output.shape, i)] = output.data[s * count + i];
  return rows;
}

std::vector<double> probabilities(const TrainedModel& model, const Row& outputs) {
  std::vector<double> values(outputs.begin(), outputs.end());
  const std::size_t last = model.network->outputs()[0];
  if (model.network->spec().layers[last].layer->traits().probabilities) return values;
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - largest);
  for (double& value : values) value /= sum;
  return values;
}

}  // namespace cnnctl::cli
