#include "data/batch.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cnnctl {

Batch::Batch(const SampleSpec& spec, std::int64_t room) : spec_(spec), room_(room), parts_(spec.columns.size()) {
  for (const Column& column : spec.columns) CNNCTL_CHECK(!column.varies);
}

ConstView Batch::values(std::string_view column) const {
  const std::size_t c = spec_.index(column);
  CNNCTL_CHECK(spec_.columns[c].element != Element::i32);
  return {parts_[c].values, n_, spec_.columns[c].shape};
}

std::span<const std::int32_t> Batch::classes(std::string_view column) const {
  const std::size_t c = spec_.index(column);
  CNNCTL_CHECK(spec_.columns[c].element == Element::i32);
  return {parts_[c].classes.data(), static_cast<std::size_t>(n_ * spec_.columns[c].shape.count())};
}

Target Batch::target(std::string_view column) const {
  if (spec_.column(column).element == Element::i32)
    return {classes(column), {}, {}, parts_[spec_.index(column)].others, share_};
  return {{}, values(column), {}};
}

void Batch::place(std::string_view column, real* memory) {
  const std::size_t c = spec_.index(column);
  CNNCTL_CHECK(spec_.columns[c].element != Element::i32);
  parts_[c].placed = true;
  parts_[c].values = memory;
}

void Batch::resize(std::int64_t n) {
  CNNCTL_CHECK(n <= room_);
  n_ = n;
  share_ = 1;
  for (std::size_t c = 0; c < parts_.size(); ++c) {
    Part& part = parts_[c];
    const auto count = static_cast<std::size_t>(room_ * spec_.columns[c].shape.count());
    if (spec_.columns[c].element == Element::i32) {
      part.classes.resize(count);
      part.others.clear();
    } else if (!part.placed && part.own.size() < count) {
      part.own.resize(count);
      part.values = part.own.data();
    }
  }
}

void Batch::mix_classes(double share) {
  share_ = std::max(share, 1 - share);
  for (std::size_t c = 0; c < parts_.size(); ++c) {
    Part& part = parts_[c];
    if (spec_.columns[c].element != Element::i32) continue;
    CNNCTL_CHECK_EQ(spec_.columns[c].shape.count(), 1);
    const auto own = std::span(part.classes).first(static_cast<std::size_t>(n_));
    part.others.assign(own.begin(), own.end());
    std::rotate(part.others.begin(), part.others.end() - 1, part.others.end());
    if (share < 0.5) std::swap_ranges(own.begin(), own.end(), part.others.begin());
  }
}

void Batch::take(const Workers& workers, Batch& from) {
  n_ = from.n_;
  share_ = from.share_;
  for (std::size_t c = 0; c < parts_.size(); ++c) {
    Part &to = parts_[c], &part = from.parts_[c];
    if (spec_.columns[c].element == Element::i32) {
      to.classes.swap(part.classes);
      to.others.swap(part.others);
    } else if (!to.placed) {
      to.own.swap(part.own);
      std::swap(to.values, part.values);
    } else {
      constexpr std::int64_t kPiece = std::int64_t{1} << 16;
      const std::int64_t count = n_ * spec_.columns[c].shape.count();
      workers.run(pieces(count, kPiece), [&](std::int64_t task, int) {
        const std::int64_t begin = task * kPiece;
        std::copy_n(part.values + begin, std::min(kPiece, count - begin), to.values + begin);
      });
    }
  }
}

TargetSpec target_spec(const SampleSpec& spec, std::string_view column) {
  const Column& c = spec.column(column);
  if (c.element != Element::i32) return {0, c.shape};
  // A shape of positions has no channels; one class a sample has no positions.
  const Shape positions = c.shape.rank() == 1 ? Shape{} : Shape(c.shape.sizes().subspan(1));
  return {static_cast<std::int64_t>(spec.class_names.size()), positions};
}

std::uint64_t batch_bytes(const SampleSpec& spec, std::int64_t room, bool with_input) {
  std::uint64_t sum = 0;
  for (const Column& column : spec.columns) {
    if (column.name == spec.input && !with_input) continue;
    sum += static_cast<std::uint64_t>(room * column.shape.count()) *
           (column.element == Element::i32 ? sizeof(std::int32_t) : sizeof(real));
  }
  return sum;
}

}  // namespace cnnctl
