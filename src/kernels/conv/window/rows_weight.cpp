// Weight gradient of any convolution: for each row of taps, dw = sum over results of what the taps see times dy.
#include <algorithm>

#include "kernels/conv/families.hpp"
#include "kernels/conv/window/outer_block.hpp"
#include "kernels/conv/window/rows.hpp"

namespace cnnctl::kernels {
namespace {

bool applies(const ConvGeometry& g) { return !g.depthwise(); }  // whose weights are stored otherwise

/// How the work is cut: whole images, or blocks of rows of one.
struct Cut {
  std::int64_t images = 1, rows;

  explicit Cut(const ConvGeometry& g) {
    // x and dy are read once for every block of sums, best from the first-level cache; the sums are read once for every
    // cut, which many sums make dear.
    const std::int64_t most = std::clamp<std::int64_t>(2 * g.taps() * g.group_c() * g.group_k(), 8 * 1024, 32 * 1024);
    const WindowWalk walk = forward_walk(g);
    const DenseWindows windows(walk);
    const auto values = [&](std::int64_t r) { return windows.values(r) + r * g.ow * g.group_k(); };
    images = std::clamp<std::int64_t>(most / values(g.oh), 1, 16);
    std::int64_t blocks = 1;
    if (images == 1)
      while (blocks < g.oh && values(pieces(g.oh, blocks)) > most) ++blocks;
    rows = pieces(g.oh, blocks);
  }
};

ConvNeeds needs(const ConvGeometry& g) {
  const Cut cut(g);
  const WindowWalk walk = forward_walk(g);
  return {.prepared = 0,
          .shared = 0,
          .worker = static_cast<std::size_t>(cut.images * DenseWindows(walk).values(cut.rows)) * sizeof(real)};
}

/// What some rows of results add to the weights of one group of channels.
struct Share {
  const ConvGeometry& g;
  const WindowWalk& walk;
  const DenseWindows& windows;
  std::int64_t images, first, rows;  // results: of so many images, rows [first, first + rows)
  WindowSource source;               // of the first image
  std::int64_t source_step;          // from image to image
  const real* dy;                    // the first result

  /// sum (taps, C/groups, K/groups) += the share.
  void add(real* sum) const {
    // Terms of several taps fill the registers better; terms of one leave out all of the padding that it sees.
    constexpr std::int64_t kFewestTerms = 8;  // fewer would leave the processor waiting for its sums
    const bool little_padding = g.ow >= 4 * g.kw;
    const std::int64_t together = little_padding ? g.kw : std::min(g.kw, pieces(kFewestTerms, walk.channels));
    for (std::int64_t i = 0; i < g.kh; ++i)
      for (std::int64_t j = 0; j < g.kw; j += together)
        add_taps(i, j, std::min(together, g.kw - j), sum + (i * g.kw + j) * walk.channels * g.group_k());
  }

 private:
  /// For the taps [j, j + taps) of row i.
  void add_taps(std::int64_t i, std::int64_t j, std::int64_t taps, real* sum) const {
    const WindowAxis &down = walk.rows, &across = walk.columns;
    const Inside inside(first * down.step + down.first + i * down.tap_step, down.step, rows, g.h);
    const auto columns = [&](std::int64_t tap) {
      return Inside(across.first + tap * across.tap_step, across.step, across.count, g.w);
    };
    const std::int64_t begin = columns(j + taps - 1).begin, end = columns(j).end;  // both fall as taps rise
    const std::int64_t row_step = source.width * source.pitch, apart = windows.apart();
    OuterResults results{.images = images,
                         .rows = inside.end - inside.begin,
                         .columns = 0,
                         .x = {source_step, down.step * row_step, 0},
                         .dy = {g.oh * g.ow * g.k, g.ow * g.k, apart * g.k}};
    const real* x = source.data + (inside.begin * down.step + i * down.tap_step) * row_step + j * walk.channels;
    for (std::int64_t column = begin; column < std::min(end, begin + apart); ++column) {
      results.columns = pieces(end - column, apart);
      results.x.column = (windows.position(column + apart) - windows.position(column)) * source.pitch;
      add_outer(results, taps * walk.channels, g.group_k(), x + windows.position(column) * source.pitch,
                dy + (inside.begin * g.ow + column) * g.k, sum, g.group_k());
    }
  }
};

void add(const ConvGeometry& g, const real* x, const real* dy, real* sum, real* copy) {
  const Cut cut(g);
  const WindowWalk walk = forward_walk(g);
  const DenseWindows windows(walk);
  const std::int64_t image_size = g.h * g.w * g.c, copied = windows.values(cut.rows);
  for (std::int64_t group = 0; group < g.groups; ++group)
    for (std::int64_t n = 0; n < g.n; n += cut.images)
      for (std::int64_t row = 0; row < g.oh; row += cut.rows) {
        const std::int64_t images = std::min(cut.images, g.n - n), rows = std::min(cut.rows, g.oh - row);
        const real* first = x + n * image_size + group * g.group_c();
        const WindowSource source = windows.source(first, row, rows, copy);
        for (std::int64_t i = 1; i < images; ++i) windows.source(first + i * image_size, row, rows, copy + i * copied);
        const Share share{g,
                          walk,
                          windows,
                          images,
                          row,
                          rows,
                          source,
                          source.data == copy ? copied : image_size,
                          dy + (n * g.oh + row) * g.ow * g.k + group * g.group_k()};
        share.add(sum + group * g.taps() * g.group_c() * g.group_k());
      }
}

}  // namespace

const ConvWeightGradient kRowsWeight{"rows", applies, needs, weight_values, add, join_weights};

}  // namespace cnnctl::kernels
