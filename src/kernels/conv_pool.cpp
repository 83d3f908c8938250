#include "kernels/conv_pool.hpp"

#include <algorithm>

#include "kernels/conv_pool_geometry.hpp"

namespace cnnctl::kernels {
namespace {

constexpr std::int64_t kMostChannels = 7, kMostValues = 64;
constexpr std::int64_t kLeastWeights = 25;      // of a filter: with fewer, finding the winners costs more
constexpr std::size_t kMostBytes = 256 * 1024;  // of the windows of an image

ConvGeometry one_image(ConvGeometry g) {
  g.n = 1;
  return g;
}

std::size_t image_bytes(const ConvGeometry& g) {
  return aligned(static_cast<std::size_t>(g.oh * g.ow * g.k) * sizeof(real));
}

}  // namespace

bool conv_pool_applies(const ConvGeometry& g) {
  return kDirectForward.applies(g) && g.unit_stride() && g.undilated() && g.oh >= 2 && g.ow >= 2 &&
         g.c <= kMostChannels && g.kw * g.c <= kMostValues && g.taps() * g.c >= kLeastWeights &&
         PoolRows(g).bytes(g.oh / 2) <= kMostBytes;
}

std::size_t conv_pool_winners(const ConvGeometry& g) { return max_pool_winners(pool_of(g)); }

std::size_t conv_pool_bytes(const ConvGeometry& g) { return image_bytes(g) + kDirectForward.needs(g).worker; }

void conv_pool(const Workers& workers, const ConvGeometry& g, const real* x, const real* w, const real* bias,
               Activation activation, real* y, std::byte* winners, const ConvScratch& scratch) {
  const ConvGeometry one = one_image(g);
  const PoolGeometry pool = pool_of(one);
  workers.run(g.n, [&](std::int64_t n, int worker) {
    const Workers alone = Workers::alone(worker);
    real* image = scratch.of(worker);
    ConvScratch rest = scratch;
    rest.worker += image_bytes(g);
    kDirectForward.run(alone, one, x + n * g.h * g.w * g.c, w, {bias, {}, false}, image, rest);
    real* to = y + n * pool.outputs();
    max_pool(alone, pool, image, to,
             winners == nullptr ? nullptr : winners + static_cast<std::size_t>(n) * max_pool_winners(pool));
    activate_range(activation, pool.outputs(), to, to);
  });
}

}  // namespace cnnctl::kernels
