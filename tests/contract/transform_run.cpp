// A transform at work, in memory that shows what it does there.
#include <algorithm>
#include <cmath>

#include "contract/transform_law.hpp"
#include "guarded.hpp"

namespace cnnctl::testing {
namespace {

// What is told by each plane: a picture; where it comes from; its place as a class; numbers of either sign.
constexpr std::size_t kPicture = 0, kCoordinates = 1, kMask = 2, kNumbers = 3;

std::vector<std::vector<float>> planes_of(const PlaneSize& size, std::uint64_t picture) {
  std::vector<std::vector<float>> planes(4);
  Rng rng(picture, Purpose::synthetic);
  for (std::int64_t row = 0; row < size.height; ++row) {
    for (std::int64_t column = 0; column < size.width; ++column) {
      for (int c = 0; c < 3; ++c) planes[0].push_back(255 * rng.uniform());
      planes[kCoordinates].insert(planes[kCoordinates].end(), {static_cast<float>(row), static_cast<float>(column), 1});
      planes[kMask].push_back(static_cast<float>(1 + row * size.width + column));
      for (int c = 0; c < 2; ++c) planes[3].push_back(rng.uniform(-2, 2));
    }
  }
  return planes;
}

/// How many numbers this stream has given; -1 if it is another one.
int position_of(const Rng& rng, std::uint64_t stream) {
  constexpr int kMost = 1000;
  Rng after = rng;
  std::uint32_t next[4];
  for (std::uint32_t& number : next) number = after.next();
  std::vector<std::uint32_t> all;
  Rng fresh(1, Purpose::augment, 0, stream);
  for (int i = 0; i < kMost; ++i) all.push_back(fresh.next());
  const auto at = std::search(all.begin(), all.end(), std::begin(next), std::end(next));
  return at == all.end() ? -1 : static_cast<int>(at - all.begin());
}

/// One plane, with as much room as is promised and no more.
struct Held {
  Guarded values, spare;
  std::vector<float> mean;
  Plane plane{};

  Held(const Column& column, const std::vector<float>& content, std::size_t room, const Before& before)
      : values(room * sizeof(float), before.dirt),
        spare(room * sizeof(float), before.dirt),
        mean(static_cast<std::size_t>(column.shape.channels())) {
    std::copy(content.begin(), content.end(), reinterpret_cast<float*>(values.data()));
    if (column.element == Element::u8) mean = {11, 22, 33};
    plane = {column.shape.height(),
             column.shape.width(),
             column.shape.channels(),
             reinterpret_cast<float*>(values.data()),
             reinterpret_cast<float*>(spare.data()),
             mean.data(),
             column.element == Element::i32,
             column.name == "image" ? column.white() : 0};
  }
};

/// Whether a plane is still itself, with memory of its own.
bool itself(const Held& held, const Plane& before) {
  const Plane& now = held.plane;
  const bool memory = (now.values == before.values && now.spare == before.spare) ||
                      (now.values == before.spare && now.spare == before.values);
  return memory && now.channels == before.channels && now.mean == before.mean && now.classes == before.classes &&
         now.white == before.white;
}

/// What stands between four positions of a plane, and is exact on one of them.
float between_positions(const std::vector<float>& plane, const PlaneSize& size, std::int64_t channels, std::int64_t c,
                        float row, float column) {
  const auto at = [&](std::int64_t i, std::int64_t j) {
    i = std::clamp<std::int64_t>(i, 0, size.height - 1);
    j = std::clamp<std::int64_t>(j, 0, size.width - 1);
    return plane[static_cast<std::size_t>((i * size.width + j) * channels + c)];
  };
  const auto i = static_cast<std::int64_t>(std::floor(row)), j = static_cast<std::int64_t>(std::floor(column));
  const float down = row - static_cast<float>(i), right = column - static_cast<float>(j);
  const float upper = (1 - right) * at(i, j) + right * at(i, j + 1);
  return (1 - down) * upper + down * ((1 - right) * at(i + 1, j) + right * at(i + 1, j + 1));
}

}  // namespace

SampleSpec transform_spec(const PlaneSize& size) {
  const auto shape = [&](std::int64_t channels) { return Shape{channels, size.height, size.width}; };
  SampleSpec spec = picture_and_class(shape(3), {"a", "b"});
  const Column label = spec.columns.back();
  spec.columns.back() = {"coordinates", Element::f32, shape(3), true, false};
  spec.columns.push_back({"mask", Element::i32, shape(1), true, false});
  spec.columns.push_back({"numbers", Element::f32, shape(2), true, false});
  spec.columns.push_back(label);
  spec.target = "mask";
  return spec;
}

Moved unmoved(const PlaneSize& size, const Before& before) { return {size, planes_of(size, before.picture), 0}; }

Moved move(const Transform& transform, const PlaneSize& size, std::uint64_t stream, const Before& before,
           Breaches& breaches) {
  const SampleSpec spec = transform_spec(size);
  const PlaneSize planned = plane_size(transform.plan(spec));
  const auto positions = static_cast<std::size_t>(std::max(size.height * size.width, planned.height * planned.width));
  const std::vector<std::vector<float>> contents = planes_of(size, before.picture);
  std::vector<Held> held;
  std::vector<Plane> planes;
  for (std::size_t c = 0; c < contents.size(); ++c) {
    const auto channels = static_cast<std::size_t>(spec.columns[c].shape.channels());
    planes.push_back(held.emplace_back(spec.columns[c], contents[c], positions * channels, before).plane);
  }
  Rng rng(1, Purpose::augment, 0, stream);
  transform.apply(planes, rng);
  Moved moved{planned, {}, position_of(rng, stream)};
  for (std::size_t c = 0; c < held.size(); ++c) {
    Held& h = held[c];
    const std::string name = spec.columns[c].name;
    const Plane was = h.plane;
    h.plane = planes[c];
    if (!h.values.intact() || !h.spare.intact()) breaches.push_back({transform_law::kMemory, name});
    if (!itself(h, was)) {
      breaches.push_back({transform_law::kPlane, name});
      return unmoved(size, before);
    }
    const PlaneSize got{h.plane.height, h.plane.width};
    if (got != planned) {
      breaches.push_back({transform_law::kSize,
                          name + ": " + std::to_string(got.height) + "x" + std::to_string(got.width) + " instead of " +
                              std::to_string(planned.height) + "x" + std::to_string(planned.width)});
      return unmoved(size, before);
    }
    moved.planes.emplace_back(h.plane.values, h.plane.values + h.plane.height * h.plane.row());
    for (const float value : moved.planes.back())
      if (!std::isfinite(value)) {
        breaches.push_back({transform_law::kFinite, name});
        break;
      }
  }
  return moved;
}

namespace {

/// Whether a filter whose middle stands where the nearest class is could have made these coordinates.
void try_scaled(const Moved& moved, const Moved& was, Breaches& breaches) {
  const auto reach = [](std::int64_t from, std::int64_t to) {
    return 0.51f + static_cast<float>(from) / static_cast<float>(to);
  };
  const float down = reach(was.size.height, moved.size.height), right = reach(was.size.width, moved.size.width);
  const auto [least, most] = std::minmax_element(was.planes[kPicture].begin(), was.planes[kPicture].end());
  for (std::size_t i = 0; i < moved.planes[kMask].size(); ++i) {
    const float* const at = &moved.planes[kCoordinates][3 * i];
    const auto place = static_cast<std::int64_t>(moved.planes[kMask][i]) - 1;
    if (place < 0 || place >= was.size.height * was.size.width)
      return breaches.push_back({transform_law::kClasses, "position " + std::to_string(i)});
    bool good = std::abs(at[0] - static_cast<float>(place / was.size.width)) <= down &&
                std::abs(at[1] - static_cast<float>(place % was.size.width)) <= right && std::abs(at[2] - 1) < 1e-5f;
    for (std::size_t c = 0; c < 3; ++c) {
      const float value = moved.planes[kPicture][3 * i + c];
      good = good && value >= *least - 1e-3f && value <= *most + 1e-3f;
    }
    if (!good) return breaches.push_back({transform_law::kTogether, "position " + std::to_string(i)});
  }
}

void try_colours(const Moved& moved, const Moved& was, Breaches& breaches) {
  if (moved.size != was.size || !std::equal(moved.planes.begin() + 1, moved.planes.end(), was.planes.begin() + 1))
    breaches.push_back({transform_law::kColours, ""});
}

/// With `picture` that of the picture, too.
void try_together(const Moved& moved, const Moved& was, bool picture, Breaches& breaches) {
  constexpr float kHalf = 0.5f + 1e-3f, kWhole = 1 - 1e-5f, kTolerance = 0.05f;  // of 255
  const PlaneSize from = was.size;
  const std::vector<float>&coordinates = moved.planes[kCoordinates], &mask = moved.planes[kMask];
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const float row = coordinates[3 * i], column = coordinates[3 * i + 1], share = coordinates[3 * i + 2];
    const std::string at = "position " + std::to_string(i) + ": class " + std::to_string(mask[i]) + ", from row " +
                           std::to_string(row) + ", column " + std::to_string(column) + ", share " +
                           std::to_string(share);
    if (mask[i] != std::floor(mask[i]) || mask[i] < 0 || mask[i] > static_cast<float>(from.height * from.width))
      return breaches.push_back({transform_law::kClasses, at});
    const auto place = static_cast<std::int64_t>(mask[i]) - 1;
    const bool outside = place < 0;
    const bool near = !outside && std::abs(row - static_cast<float>(place / from.width)) <= kHalf &&
                      std::abs(column - static_cast<float>(place % from.width)) <= kHalf;
    if ((share > kWhole && !near) || (share == 0 && !outside))
      return breaches.push_back({transform_law::kTogether, at});
    if (share <= kWhole) continue;
    for (const std::size_t plane : {kPicture, kNumbers}) {
      if (plane == kPicture && !picture) continue;
      const std::size_t channels = was.planes[plane].size() / was.planes[kMask].size();
      for (std::size_t c = 0; c < channels; ++c) {
        const float got = moved.planes[plane][i * channels + c];
        const float want = between_positions(was.planes[plane], from, static_cast<std::int64_t>(channels),
                                             static_cast<std::int64_t>(c), row, column);
        if (std::abs(got - want) > kTolerance)
          return breaches.push_back({transform_law::kTogether, at + ": " + std::to_string(got) + " of plane " +
                                                                   std::to_string(plane) + " instead of " +
                                                                   std::to_string(want)});
      }
    }
  }
}

}  // namespace

void try_change(const Moved& moved, const Moved& was, Change change, Breaches& breaches) {
  if (change == Change::scale) return try_scaled(moved, was, breaches);
  if (change == Change::colours) return try_colours(moved, was, breaches);
  try_together(moved, was, change == Change::places, breaches);
}

}  // namespace cnnctl::testing
