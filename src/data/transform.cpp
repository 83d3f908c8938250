#include "data/transform.hpp"

#include <fmt/format.h>

#include <optional>

#include "base/error.hpp"

namespace cnnctl {

void Transform::fields(Fields& f) {
  settings(f);
  f.optional("after", after_, "epochs that pass before it sets in", between(0, 1e6));
  f.optional("until", until_, "the last epoch in which it acts, counted from 1; default: all", between(1, 1e6));
  f.check(!until_ || *until_ > after_, "until", "until must be larger than after: the epochs from after + 1 to until");
}

SampleSpec Transform::plan(const SampleSpec& in) const {
  SampleSpec out = outcome(in);
  const PlaneSize before = plane_size(in), now = plane_size(out);
  if ((after_ > 0 || until_) && now != before)
    throw ShapeError(
        fmt::format("makes {}x{} (height x width) of {}x{}, which it must do in every epoch: leave out "
                    "after and until",
                    now.height, now.width, before.height, before.width));
  return out;
}

std::string order_mistake(std::span<const Choice<Transform>> transforms) {
  double chances = 0;
  std::string_view mixes;
  for (const Choice<Transform>& transform : transforms) {
    if (!transform) continue;  // was not readable
    if (const Mixing* mixing = transform->mixing()) {
      mixes = transform.kind->name;
      chances += mixing->chance();
    } else if (!mixes.empty()) {
      return fmt::format("{} mixes the samples of a batch, and what changes single ones, such as {}, stands before it",
                         mixes, transform.kind->name);
    }
  }
  if (chances <= 1) return "";
  return fmt::format(
      "a batch is mixed once at most, and these chances add up to {:.3g}: [{{mixup: {{p: 0.5}}}}, "
      "{{cutmix: {{p: 0.5}}}}]",
      chances);
}

Rng branch(Rng& rng) {
  const std::uint64_t high = rng.next(), low = rng.next();
  return Rng(high << 32 | low, Purpose::branch);
}

PlaneSize plane_size(const SampleSpec& spec) {
  std::optional<PlaneSize> size;
  for (const Column& column : spec.columns) {
    if (!column.spatial) continue;
    const PlaneSize here{column.shape.height(), column.shape.width()};
    if (size && *size != here)
      throw ShapeError(
          fmt::format("the images of a sample are {}x{} and {}x{} (height x width), and must be of one size",
                      size->height, size->width, here.height, here.width));
    size = here;
  }
  if (!size) throw ShapeError("samples have no image");
  return *size;
}

SampleSpec with_plane_size(SampleSpec spec, const PlaneSize& size) {
  for (Column& column : spec.columns)
    if (column.spatial) column.shape = {column.shape.channels(), size.height, size.width};
  return spec;
}

}  // namespace cnnctl
