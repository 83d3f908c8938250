#include "kernels/pool/adaptive_pool.hpp"

#include "kernels/pool/adaptive_window.hpp"
#include "kernels/simd/cut.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/adaptive_pool.cpp"
#include "kernels/simd/simd_inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {
namespace {

/// Rows [first, first + count) of the output, all images' rows counted through.
void mean_rows(const AdaptivePoolGeometry& g, std::int64_t first, std::int64_t count, const real* x, real* y) {
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.out_height;
    const AdaptiveRange rows = covered(r % g.out_height, g.out_height, g.height);
    for (std::int64_t ow = 0; ow < g.out_width; ++ow) {
      const AdaptiveRange columns = covered(ow, g.out_width, g.width);
      const Vector share = fill(real{1} / static_cast<real>(rows.size() * columns.size()));
      for_lanes(g.channels, [=, &g](std::int64_t c, auto io) HWY_ATTR {
        Vector total = hn::Zero(Reals());
        for (std::int64_t h = rows.first; h < rows.last; ++h) {
          Vector line = hn::Zero(Reals());
          for (std::int64_t w = columns.first; w < columns.last; ++w)
            line = hn::Add(line, io.load(x + ((image * g.height + h) * g.width + w) * g.channels + c));
          total = hn::Add(total, line);
        }
        io.store(hn::Mul(total, share), y + (r * g.out_width + ow) * g.channels + c);
      });
    }
  }
}

/// Rows [first, first + count) of dx, all images' rows counted through.
void mean_grad_rows(const AdaptivePoolGeometry& g, std::int64_t first, std::int64_t count, const real* dy, real* dx,
                    bool accumulate) {
  const auto size = [](std::int64_t at, std::int64_t out, std::int64_t in) { return covered(at, out, in).size(); };
  for (std::int64_t r = first; r < first + count; ++r) {
    const std::int64_t image = r / g.height;
    const AdaptiveRange rows = covered(r % g.height, g.height, g.out_height);
    for (std::int64_t column = 0; column < g.width; ++column) {
      const AdaptiveRange columns = covered(column, g.width, g.out_width);
      real* to = dx + (r * g.width + column) * g.channels;
      for_lanes(g.channels, [=, &g, &size](std::int64_t c, auto io) HWY_ATTR {
        Vector total = accumulate ? io.load(to + c) : hn::Zero(Reals());
        for (std::int64_t oh = rows.first; oh < rows.last; ++oh)
          for (std::int64_t ow = columns.first; ow < columns.last; ++ow) {
            const real places = static_cast<real>(size(oh, g.out_height, g.height) * size(ow, g.out_width, g.width));
            const real* from = dy + ((image * g.out_height + oh) * g.out_width + ow) * g.channels;
            total = hn::MulAdd(io.load(from + c), fill(real{1} / places), total);
          }
        io.store(total, to + c);
      });
    }
  }
}

}  // namespace
}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnnctl::kernels {

HWY_EXPORT(mean_rows);
HWY_EXPORT(mean_grad_rows);

void adaptive_avg_pool(const Workers& workers, const AdaptivePoolGeometry& g, const real* x, real* y) {
  const std::int64_t read = g.height * g.width / g.out_height + g.out_width;
  for_rows(workers, g.n * g.out_height, read * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(mean_rows)(g, first, count, x, y);
  });
}

void adaptive_avg_pool_grad(const Workers& workers, const AdaptivePoolGeometry& g, const real* dy, real* dx,
                            bool accumulate) {
  for_rows(workers, g.n * g.height, g.width * g.channels, [&](std::int64_t first, std::int64_t count) {
    HWY_DYNAMIC_DISPATCH(mean_grad_rows)(g, first, count, dy, dx, accumulate);
  });
}

}  // namespace cnnctl::kernels
#endif
