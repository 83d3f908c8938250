#include "data/filler.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/rng.hpp"
#include "kernels/pointwise/pixels.hpp"

namespace cnnctl {
namespace {

/// Values of one task: some microseconds of work.
constexpr std::int64_t kTaskValues = 16384;

/// Asks for the first bytes of a sample that is wanted soon: samples of a batch lie anywhere in memory. The processor
/// itself sees by then that the others follow.
void prefetch(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kLine = 64, kMost = 4096;
  for (std::size_t at = 0; at < std::min(size, kMost); at += kLine) __builtin_prefetch(bytes + at);
}

}  // namespace

SampleSpec batch_spec(const SampleSpec& samples, const Pipeline& pipeline) {
  SampleSpec spec = samples;
  for (Column& column : spec.columns) {
    if (!column.spatial) continue;
    column.shape = {column.shape.channels(), pipeline.input.height(), pipeline.input.width()};
    column.varies = false;
  }
  return spec;
}

Filler::Filler(const Samples& samples, const Pipeline& pipeline, std::span<const Choice<Transform>> transforms,
               std::uint64_t seed)
    : samples_(samples),
      transforms_(transforms.first(static_cast<std::size_t>(
          std::ranges::find_if(transforms, [](const Choice<Transform>& t) { return t->mixing() != nullptr; }) -
          transforms.begin()))),
      mixing_(transforms.subspan(transforms_.size())),
      seed_(seed),
      spec_(batch_spec(samples.spec(), pipeline)),
      input_(spec_.index(spec_.input)) {
  input_bytes_ = samples.spec().columns[input_].bytes();
  for (const Column& column : spec_.columns)
    scaling_.push_back(scaling_of(column, column.name == spec_.input ? &pipeline.normalization : nullptr));
  if (transforms_.empty()) return;
  SampleSpec on_the_way = samples.spec();
  for (std::size_t next = 0;; ++next) {
    const PlaneSize size = plane_size(on_the_way);
    plane_positions_ = std::max(plane_positions_, size.height * size.width);
    if (next == transforms_.size()) break;
    on_the_way = transforms_[next]->plan(on_the_way);
  }
}

Filler::Scaling Filler::scaling_of(const Column& column, const Normalization* normalization) {
  const double unit = column.element == Element::u8 ? 255 : 1;
  const Normalization plain{{0}, {1}};
  const Normalization& n = normalization != nullptr ? *normalization : plain;
  Scaling scaling;
  CNNCTL_CHECK_EQ(n.mean.size(), n.std.size());
  if (normalization != nullptr) CNNCTL_CHECK_EQ(n.mean.size(), column.shape.channels());
  for (std::int64_t repeat = 0; repeat < kernels::kPixelRepeats; ++repeat) {
    for (std::size_t c = 0; c < n.mean.size(); ++c) {
      scaling.scale.push_back(static_cast<real>(1 / (unit * n.std[c])));
      scaling.shift.push_back(static_cast<real>(-n.mean[c] / n.std[c]));
    }
  }
  scaling.mean.assign(static_cast<std::size_t>(column.shape.channels()), 0);
  for (std::size_t c = 0; normalization != nullptr && c < n.mean.size(); ++c)
    scaling.mean[c] = static_cast<float>(unit * n.mean[c]);
  return scaling;
}

void Filler::fill(const Workers& workers, std::int64_t epoch, std::span<const std::uint32_t> chosen, Batch& to,
                  std::int64_t batch) {
  const auto count = static_cast<std::int64_t>(chosen.size());
  to.resize(count);
  if (scratch_.size() < static_cast<std::size_t>(workers.count()))
    scratch_.resize(static_cast<std::size_t>(workers.count()));
  // What is read from files takes long enough for a task of its own.
  const std::int64_t values = spec_.columns[input_].shape.count();
  const std::int64_t step = samples_.in_memory() ? std::max<std::int64_t>(1, kTaskValues / values) : 1;
  workers.run(pieces(count, step), [&](std::int64_t task, int worker) {
    Scratch& scratch = scratch_[static_cast<std::size_t>(worker)];
    const std::int64_t begin = task * step, end = std::min(begin + step, count);
    const auto slot = [&](std::int64_t i) -> Sample& {
      return scratch.samples[static_cast<std::size_t>(i % (kAhead + 1))];
    };
    const auto number = [&](std::int64_t i) { return chosen[static_cast<std::size_t>(i)]; };
    for (std::int64_t i = begin; i < std::min(begin + kAhead, end); ++i) read(number(i), slot(i));
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + kAhead < end) read(number(i + kAhead), slot(i + kAhead));
      if (!transforms_.empty()) {
        augment(slot(i), number(i), epoch, scratch);
        write_planes(scratch, i, to);
      }
      write(slot(i), i, to);
    }
  });
  mix(workers, epoch, batch, to);
}

void Filler::mix(const Workers& workers, std::int64_t epoch, std::int64_t batch, Batch& to) const {
  if (mixing_.empty()) return;
  Rng rng(seed_, Purpose::mix, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(batch));
  double left = static_cast<double>(rng.uniform());
  for (const Choice<Transform>& transform : mixing_) {
    const Mixing* const mixing = transform->mixing();
    CNNCTL_CHECK(mixing != nullptr);
    if (!transform->acts_in(epoch) || (left -= mixing->chance()) >= 0) continue;
    mixing->mix(workers, to, rng);
    return;
  }
}

void Filler::read(std::uint32_t sample, Sample& to) const {
  samples_.read(sample, to);
  prefetch(to.data<std::uint8_t>(input_), input_bytes_);
}

/// The columns that no transform has changed.
void Filler::write(const Sample& sample, std::int64_t i, Batch& to) const {
  for (std::size_t c = 0; c < spec_.columns.size(); ++c) {
    const Column& column = spec_.columns[c];
    if (column.spatial && !transforms_.empty()) continue;
    PlaneSize whole{1, 1};
    if (column.spatial) whole = {sample.shape(c).height(), sample.shape(c).width()};
    switch (column.element) {
      case Element::u8:
        write_centre(c, sample.data<std::uint8_t>(c), whole, i, to);
        break;
      case Element::f32:
        write_centre(c, sample.data<float>(c), whole, i, to);
        break;
      case Element::i32:
        write_centre(c, sample.data<std::int32_t>(c), whole, i, to);
        break;
    }
  }
}

void Filler::augment(const Sample& sample, std::uint32_t number, std::int64_t epoch, Scratch& scratch) const {
  std::int64_t channels = 0;
  for (const Column& column : spec_.columns)
    if (column.spatial) channels += column.shape.channels();
  scratch.floats.resize(static_cast<std::size_t>(2 * plane_positions_ * channels));
  scratch.planes.clear();
  float* room = scratch.floats.data();
  for (std::size_t c = 0; c < spec_.columns.size(); ++c) {
    const Column& column = spec_.columns[c];
    if (!column.spatial) continue;
    const Shape& shape = sample.shape(c);
    const std::int64_t most = plane_positions_ * shape.channels(), count = shape.count();
    if (column.element == Element::u8)
      kernels::to_floats(count, sample.data<std::uint8_t>(c), room);
    else if (column.element == Element::f32)
      std::copy_n(sample.data<float>(c), count, room);
    else
      std::copy_n(sample.data<std::int32_t>(c), count, room);  // exact: there are fewer than 2^24 classes
    scratch.planes.push_back({shape.height(), shape.width(), shape.channels(), room, room + most,
                              scaling_[c].mean.data(), column.element == Element::i32,
                              c == input_ ? column.white() : 0});
    room += 2 * most;
  }
  Rng rng(seed_, Purpose::augment, static_cast<std::uint64_t>(epoch), number);
  for (const Choice<Transform>& transform : transforms_)
    if (transform->acts_in(epoch)) transform->apply(scratch.planes, rng);
}

void Filler::write_planes(const Scratch& scratch, std::int64_t i, Batch& to) const {
  const Plane* plane = scratch.planes.data();
  for (std::size_t c = 0; c < spec_.columns.size(); ++c) {
    if (!spec_.columns[c].spatial) continue;
    write_centre(c, plane->values, {plane->height, plane->width}, i, to);
    ++plane;
  }
}

template <class T>
void Filler::write_centre(std::size_t column, const T* values, const PlaneSize& whole, std::int64_t i,
                          Batch& to) const {
  const Shape& shape = spec_.columns[column].shape;
  const Scaling& scaling = scaling_[column];
  const bool classes = spec_.columns[column].element == Element::i32;
  const auto write_run = [&](std::int64_t at, const T* from, std::int64_t count) {
    at += i * shape.count();
    if constexpr (!std::is_same_v<T, std::int32_t>) {
      if (!classes) {
        kernels::normalise(count, from, scaling.period(), scaling.scale.data(), scaling.shift.data(),
                           to.values_at(column) + at);
        return;
      }
    }
    std::transform(from, from + count, to.classes_at(column) + at,
                   [](T value) { return static_cast<std::int32_t>(value); });
  };
  if (!spec_.columns[column].spatial || whole == PlaneSize{shape.height(), shape.width()}) {
    write_run(0, values, shape.count());
    return;
  }
  CNNCTL_CHECK(whole.height >= shape.height() && whole.width >= shape.width());
  const std::int64_t top = (whole.height - shape.height()) / 2, left = (whole.width - shape.width()) / 2;
  const std::int64_t row = shape.width() * shape.channels();
  for (std::int64_t y = 0; y < shape.height(); ++y)
    write_run(y * row, values + ((top + y) * whole.width + left) * shape.channels(), row);
}

}  // namespace cnnctl
