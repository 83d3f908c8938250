#include "kernels/conv/window/rows.hpp"

#include <algorithm>
#include <array>

#include "kernels/conv/families.hpp"
#include "kernels/conv/window/blocks.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/simd/cut.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kMostTerms = 128;  // taps in one sum of products; larger windows add up

/// One row of results, summed over all taps but those rows of them that see padding alone.
struct RowProduct {
  const WindowWalk& walk;
  Gemm::Shape shape;
  BatchGemm begin, more;

  RowProduct(const WindowWalk& w, const WindowSource& source, const WindowTarget& target, bool accumulate)
      : walk(w),
        shape{.m = w.columns.count,
              .n = target.channels,
              .k = w.channels,
              .lda = w.columns.step * source.pitch,
              .ldb = target.channels,
              .ldc = target.pixel,
              .accumulate = accumulate},
        begin(shape),
        more(adding(shape)) {}

  static Gemm::Shape adding(Gemm::Shape shape) {
    shape.accumulate = true;
    return shape;
  }

  /// Row `row` of a block that begins at row `above` of the results.
  void operator()(const WindowSource& source, std::int64_t above, std::int64_t row, const real* weights,
                  real* y) const {
    std::array<const real*, kMostTerms> a, b;
    const std::int64_t top = (above + row) * walk.rows.step + walk.rows.first;
    const Inside rows(top, walk.rows.tap_step, walk.rows.taps, walk.source_h);
    const std::int64_t from = rows.begin * walk.columns.taps, to = rows.end * walk.columns.taps;
    if (from == to) return clear(y);
    const real* first_column = source.at(walk, row, 0);
    std::int64_t i = rows.begin, j = 0;  // row and column of the tap
    for (std::int64_t first = from; first < to; first += kMostTerms) {
      const std::int64_t count = std::min(kMostTerms, to - first);
      for (std::int64_t t = 0; t < count; ++t) {
        a[static_cast<std::size_t>(t)] =
            first_column + (i * walk.rows.tap_step * source.width + j * walk.columns.tap_step) * source.pitch;
        b[static_cast<std::size_t>(t)] = weights + (first + t) * walk.channels * shape.n;
        if (++j < walk.columns.taps) continue;
        j = 0;
        ++i;
      }
      (first == from ? begin : more)(count, a.data(), b.data(), y);
    }
  }

  void clear(real* y) const {
    if (shape.accumulate) return;
    for (std::int64_t pixel = 0; pixel < shape.m; ++pixel) std::fill_n(y + pixel * shape.ldc, shape.n, real{0});
  }
};

/// Rows of the copy that row_products makes of a block of results.
std::int64_t block_of(const WindowWalk& walk, std::int64_t channels) {
  return rows_per_block(walk.rows.count, walk.columns.count * walk.tap_count() * walk.channels * channels);
}

/// window_products where a row of results of one image is the rows of a product, taken from the image without copying.
void row_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const real* x, const real* weights,
                  const Epilogue& epilogue, const WindowTarget& target, const ConvScratch& scratch) {
  const std::int64_t block = block_of(walk, target.channels), blocks = pieces(walk.rows.count, block);
  workers.run(n * blocks, [&](std::int64_t task, int worker) {
    const std::int64_t image = task / blocks, first = task % blocks * block;
    const std::int64_t count = std::min(block, walk.rows.count - first);
    const WindowSource source = window_source(walk, x + image * walk.source_h * walk.source_w * walk.source_c, first,
                                              count, scratch.of(worker));
    const RowProduct product(walk, source, target, epilogue.accumulate);
    for (std::int64_t row = 0; row < count; ++row) {
      real* y = target.data + image * target.image + (first + row) * target.row;
      product(source, first, row, weights, y);
      apply_epilogue(epilogue, walk.columns.count, target.channels, y, target.pixel);
    }
  });
}

}  // namespace

std::size_t window_bytes(const WindowWalk& walk, std::int64_t channels) {
  if (in_blocks(walk, channels)) return block_bytes(walk, channels);
  return walk.copy_bytes(block_of(walk, channels));
}

std::int64_t packed_weights(const WindowWalk& walk, std::int64_t channels) {
  return in_blocks(walk, channels) ? block_weights(walk, channels) : walk.tap_count() * walk.channels * channels;
}

void pack_window_weights(const Workers& workers, const WindowWalk& walk, std::int64_t channels, const real* w,
                         real* packed) {
  if (in_blocks(walk, channels)) return pack_block_weights(workers, walk, channels, w, packed);
  for_rows(workers, walk.tap_count() * walk.channels, channels, [&](std::int64_t first, std::int64_t count) {
    std::copy_n(w + first * channels, count * channels, packed + first * channels);
  });
}

void window_products(const Workers& workers, std::int64_t n, const WindowWalk& walk, const real* x, const real* weights,
                     const Epilogue& epilogue, const WindowTarget& target, const ConvScratch& scratch) {
  (in_blocks(walk, target.channels) ? block_products : row_products)(workers, n, walk, x, weights, epilogue, target,
                                                                     scratch);
}

namespace {

bool applies(const ConvGeometry& g) { return !g.depthwise(); }  // whose weights are stored otherwise

std::int64_t group_weights(const ConvGeometry& g) { return packed_weights(forward_walk(g), g.group_k()); }

ConvNeeds forward_needs(const ConvGeometry& g) {
  return {.prepared = static_cast<std::size_t>(g.groups * group_weights(g)) * sizeof(real),
          .shared = 0,
          .worker = window_bytes(forward_walk(g), g.group_k())};
}

void prepare(const Workers& workers, const ConvGeometry& g, const real* w, real* prepared) {
  for (std::int64_t group = 0; group < g.groups; ++group)
    pack_window_weights(workers, forward_walk(g), g.group_k(), w + group * g.taps() * g.group_c() * g.group_k(),
                        prepared + group * group_weights(g));
}

void forward(const Workers& workers, const ConvGeometry& g, const real* x, const real* prepared,
             const Epilogue& epilogue, real* y, const ConvScratch& scratch) {
  for (std::int64_t group = 0; group < g.groups; ++group) {
    Epilogue part = epilogue;
    if (part.bias != nullptr) part.bias += group * g.group_k();
    window_products(workers, g.n, forward_walk(g), x + group * g.group_c(), prepared + group * group_weights(g), part,
                    {y + group * g.group_k(), g.oh * g.ow * g.k, g.ow * g.k, g.k, g.group_k()}, scratch);
  }
}

}  // namespace

const ConvForward kRowsForward{"rows", applies, forward_needs, prepare, forward};

}  // namespace cnnctl::kernels
