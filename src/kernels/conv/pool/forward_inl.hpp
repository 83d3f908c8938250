// What the two gradients of a convolution with pooling share: where the winners' windows are, and how windows are cut
// into what registers hold. Included once per instruction set, after simd_inl.hpp.

#if defined(CNNCTL_KERNELS_CONV_POOL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_CONV_POOL_INL
#undef CNNCTL_KERNELS_CONV_POOL_INL
#else
#define CNNCTL_KERNELS_CONV_POOL_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

constexpr int kMostRuns = 5;  // rows of the window in work at once

/// Finds g.positions.
HWY_INLINE void find_positions(const Winners& g) {
  const hn::CappedTag<std::int32_t, 8> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto row = hn::Set(d, static_cast<std::int32_t>(g.layout.row)),
             pitch = hn::Set(d, static_cast<std::int32_t>(g.layout.pitch)), one = hn::Set(d, 1);
  const std::int64_t below = 2 * g.layout.row, right = 2 * g.layout.pitch, next = g.of_positions();
  const std::int64_t next_places = g.of_places(), columns = g.columns;
  const std::uint8_t* from = g.places;
  std::int32_t* to = g.positions;
  for (std::int64_t y = 0; y < g.rows; ++y)
    for (std::int64_t x = 0; x < columns; ++x, from += next_places, to += next) {
      const auto corner = hn::Set(d, static_cast<std::int32_t>(y * below + x * right));
      for (std::int64_t c = 0; c < next; c += lanes) {
        const auto place = hn::PromoteTo(d, hn::LoadU(bytes, from + c));
        const auto down = hn::IfThenElseZero(hn::Gt(place, one), row);
        const auto beside = hn::IfThenElseZero(hn::Eq(hn::And(place, one), one), pitch);
        hn::StoreU(hn::Add(corner, hn::Add(down, beside)), d, to + c);
      }
    }
}

/// Calls body(D, runs, vectors, run, at) for tiles that together cover a window; the numbers of a tile are constants.
template <int kRuns, class D, class Body>
HWY_INLINE void for_vectors(D d, const PoolRows& layout, std::int64_t run, const Body& body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t at = 0;
  for (; at + lanes < layout.values; at += 2 * lanes)
    body(std::integral_constant<int, kRuns>(), std::integral_constant<int, 2>(), run, at);
  if (at < layout.values) body(std::integral_constant<int, kRuns>(), std::integral_constant<int, 1>(), run, at);
}
template <int kRuns, class D, class Body>
HWY_INLINE void for_runs(D d, const PoolRows& layout, std::int64_t run, std::int64_t runs, const Body& body) {
  if (runs == kRuns) return for_vectors<kRuns>(d, layout, run, body);
  if constexpr (kRuns > 1) for_runs<kRuns - 1>(d, layout, run, runs, body);
}
template <class D, class Body>
HWY_INLINE void for_tiles(D d, const PoolRows& layout, const Body& body) {
  const std::int64_t parts = pieces(layout.kh, kMostRuns);
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t run = layout.kh * part / parts;
    for_runs<kMostRuns>(d, layout, run, layout.kh * (part + 1) / parts - run, body);
  }
}

// Short rows of windows fit into half a register.
template <class Body>
HWY_INLINE void with_register(const PoolRows& layout, const Body& body) {
  if (layout.pitch <= 8)
    body(Narrow());
  else
    body(Reals());
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
