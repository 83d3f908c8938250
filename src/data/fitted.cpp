#include "data/fitted.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"

namespace cnnctl {
namespace {

class FittedSamples final : public SamplesOver {
 public:
  FittedSamples(std::unique_ptr<Samples> samples, const Opening& opening)
      : SamplesOver(std::move(samples)), spec_(samples_->spec()), must_agree_(!opening.size) {
    for (Column& column : spec_.columns) {
      if (!column.spatial) continue;
      column.varies = false;
      if (opening.size) column.shape = {column.shape.channels(), opening.size->height, opening.size->width};
      Pipeline pipeline;
      pipeline.picture = column.shape;
      pipeline.fit = opening.fit;
      pipelines_.push_back(pipeline);
    }
  }

  const SampleSpec& spec() const override { return spec_; }
  bool in_memory() const override { return false; }
  /// Decoded, half scaled, and scaled.
  std::uint64_t reading_bytes() const override { return 2 * samples_->spec().bytes() + spec_.bytes(); }

  void read(std::int64_t i, Sample& to) const override {
    samples_->read(i, to);
    const Pipeline* pipeline = pipelines_.data();
    for (std::size_t c = 0; c < spec_.columns.size(); ++c)
      if (spec_.columns[c].spatial) fit(i, c, *pipeline++, to);
  }

 private:
  void fit(std::int64_t i, std::size_t c, const Pipeline& pipeline, Sample& to) const {
    const Shape shape = to.shape(c), wanted = spec_.columns[c].shape;
    if (shape == wanted) return;
    if (must_agree_)
      throw DataError(name(i), fmt::format("is {}x{} (height x width), the first picture {}x{}; set data.size to scale "
                                           "all to one size",
                                           shape.height(), shape.width(), wanted.height(), wanted.width()));
    if (spec_.columns[c].element == Element::i32) {
      to.adopt(c, fitted_nearest(to.data<std::int32_t>(c), shape, pipeline), wanted);
      return;
    }
    if (spec_.columns[c].element == Element::f32) {
      const float* const values = to.data<float>(c);
      const DeepPicture picture{shape.height(), shape.width(), shape.channels(), {values, values + shape.count()}};
      const DeepPicture scaled = fitted(picture, pipeline);
      std::copy(scaled.pixels.begin(), scaled.pixels.end(), to.make<float>(c, wanted));
      return;
    }
    Picture picture{shape.height(), shape.width(), shape.channels(),
                    to.release(c, static_cast<std::size_t>(shape.count()))};
    to.adopt(c, fitted(std::move(picture), pipeline).pixels, wanted);
  }

  SampleSpec spec_;
  std::vector<Pipeline> pipelines_;  // one a spatial column
  bool must_agree_;
};

}  // namespace

std::unique_ptr<Samples> fit_samples(std::unique_ptr<Samples> samples, const Opening& opening) {
  return std::make_unique<FittedSamples>(std::move(samples), opening);
}

}  // namespace cnnctl
