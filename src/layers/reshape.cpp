// layers/reshape.cpp - the same numbers under another shape, in PyTorch's order: channels, then rows, then columns.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "kernels/matrix/transpose.hpp"
#include "kernels/pointwise/elementwise.hpp"
#include "layers/layer.hpp"
#include "layers/samples.hpp"
#include "tensor/limits.hpp"

namespace cnnctl {
namespace {

class Reshape final : public Layer {
 public:
  void fields(Fields& f) override {
    f.shorthand("shape");
    f.required("shape", sizes_, "channels, then one to three sizes of positions; one of them may be -1: what is left",
               between(-1, kLargestSize));
  }

  Plan plan(const Inputs& inputs) override {
    from_ = inputs.shapes[0];
    Plan plan;
    plan.output = to_ = target(from_);
    plan.reach = Reach::of_all();
    plan.reads.input = false;
    plan.in_place = {same_order(), same_order()};
    plan.by_sample = true;
    if (!same_order() && !is_flat(from_) && !is_flat(to_))
      plan.bytes.worker_scratch = static_cast<std::size_t>(from_.count()) * sizeof(real);
    return plan;
  }

  void forward(const Forward& f) const override { run(f, from_, to_, f.inputs[0].data, f.output.data, false); }

  void backward(const Backward& b) const override {
    const auto [dx, accumulate] = b.input_gradients[0];
    if (dx != nullptr) run(b, to_, from_, b.output_gradient.data, dx, accumulate);
  }

 private:
  /// Memory has the channels last: with one position or one channel that is PyTorch's order.
  static bool is_flat(const Shape& s) { return s.positions() == 1 || s.channels() == 1; }
  bool same_order() const { return (is_flat(from_) && is_flat(to_)) || from_.channels() == to_.channels(); }

  Shape target(const Shape& x) const {
    if (sizes_.empty() || sizes_.size() > Shape::kMaxRank)
      throw ShapeError(fmt::format("shape needs one to {} numbers, got {}", Shape::kMaxRank, sizes_.size()));
    std::vector<std::int64_t> sizes = sizes_;
    std::int64_t known = 1, open = -1;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] == 0 || (sizes[i] == -1 && open >= 0))
        throw ShapeError(fmt::format("shape [{}] may hold one -1 and no 0", fmt::join(sizes_, ", ")));
      if (sizes[i] == -1)
        open = static_cast<std::int64_t>(i);
      else
        known = count_of(std::array{known, sizes[i]});
    }
    if (open >= 0 && x.count() % known == 0) sizes[static_cast<std::size_t>(open)] = x.count() / known;
    if (std::ranges::find(sizes, -1) != sizes.end() || count_of(sizes) != x.count())
      throw ShapeError(
          fmt::format("shape [{}] cannot hold the {} values of {}", fmt::join(sizes_, ", "), x.count(), x.str()));
    return Shape(sizes);
  }

  /// From memory of one shape to PyTorch's order, and on to memory of the other.
  void run(const Run& r, const Shape& from, const Shape& to, const real* x, real* y, bool accumulate) const {
    if (same_order()) return kernels::copy(r.workers, r.part.n * from.count(), x, y, accumulate);
    if (is_flat(to))
      return kernels::transpose(r.workers, r.part.n, from.positions(), from.channels(), x, y, accumulate);
    if (is_flat(from)) return kernels::transpose(r.workers, r.part.n, to.channels(), to.positions(), x, y, accumulate);
    for_each_sample(r, [&](std::int64_t n, const Workers& alone, std::byte* scratch) {
      auto* flat = reinterpret_cast<real*>(scratch);
      const std::int64_t at = n * from.count();
      kernels::transpose(alone, 1, from.positions(), from.channels(), x + at, flat, false);
      kernels::transpose(alone, 1, to.channels(), to.positions(), flat, y + at, accumulate);
    });
  }

  std::vector<std::int64_t> sizes_;
  Shape from_, to_;
};

}  // namespace

extern constinit const Kind<Layer> kReshape =
    kind_of<Layer, Reshape>("reshape",
                            "The same values under another shape, in the order of torch.reshape.\n"
                            "y = the values of x, last axis first, under another shape",
                            "{shape: [16, -1]}");

}  // namespace cnnctl
