// How a kernel file gets its vectors: included once per instruction set, so without #pragma once.
// Knows Google Highway and its dispatch; see README.md for the pattern. Knows no kernel.
//
// Before including this header a kernel file defines HWY_TARGET_INCLUDE as its own path from src/. Everything below is
// then compiled for AVX-512, AVX2 and plain C++ (or NEON), and the best that the machine has is chosen when it runs.

// Other instruction sets would only make the build longer: whoever has SSE4 or SVE has AVX2 or NEON as well, or is old
// enough to be patient. The better a set, the lower its bit; Highway 1.1 splits AVX-512 into several that would all get
// the same code, and prefers them. So everything better than AVX-512 as of Skylake, and than NEON, is left out.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS ((HWY_AVX3 - 1) | HWY_SSE4 | HWY_SSSE3 | ((HWY_NEON - 1) & ~((1LL << 15) - 1)))
#endif

#include <hwy/foreach_target.h>  // must come first
#include <hwy/highway.h>

#include <cstdint>

#include "tensor/real.hpp"

#if defined(CNNCTL_KERNELS_SIMD_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_SIMD_INL
#undef CNNCTL_KERNELS_SIMD_INL
#else
#define CNNCTL_KERNELS_SIMD_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Tag of a whole register of reals, and the register.
using Reals = hn::ScalableTag<real>;
using Vector = hn::Vec<Reals>;

/// Half of a long register: enough for few channels, and less often loaded or stored across two lines of the cache.
using Narrow = hn::CappedTag<real, 32 / sizeof(real)>;

/// Registers of 512 bits, twice as many as AVX2's.
constexpr bool kLongRegisters = HWY_TARGET == HWY_AVX3;

/// Plain C++: a vector is an array, and a compiler that has to unroll loops over many of them takes its time.
constexpr bool kNoRegisters = HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR;

/// How much of a kernel's work is in registers at once: of the three numbers the one for this instruction set.
constexpr int by_registers(int none, int usual, int many_long) {
  return kNoRegisters ? none : kLongRegisters ? many_long : usual;
}

/// Stores the lanes that `mask` chooses and touches no other memory: what stands beside them may be another worker's.
/// Where NEON has no such instruction, Highway's BlendedStore writes back what it read from the other lanes.
template <class D>
HWY_INLINE void store_lanes(hn::Vec<D> v, hn::Mask<D> mask, D d, hn::TFromD<D>* p) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
  hn::BlendedStore(v, mask, d, p);
#else
  constexpr std::size_t kMost = HWY_MAX_BYTES / sizeof(hn::TFromD<D>);
  alignas(HWY_MAX_BYTES) hn::TFromD<D> lanes[kMost];
  alignas(HWY_MAX_BYTES) hn::TFromD<D> chosen[kMost];
  hn::Store(v, d, lanes);
  hn::Store(hn::IfThenElseZero(mask, hn::Set(d, hn::TFromD<D>{1})), d, chosen);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i)
    if (chosen[i] != 0) p[i] = lanes[i];
#endif
}

/// Access to whole registers.
struct Whole {
  static HWY_INLINE Vector load(const real* p) { return hn::LoadU(Reals(), p); }
  static HWY_INLINE void store(Vector v, real* p) { hn::StoreU(v, Reals(), p); }
};

/// Access to the first `count` lanes alone: the others load as zero and are not stored.
struct Part {
  hn::Mask<Reals> mask;

  explicit HWY_INLINE Part(std::int64_t count) : mask(hn::FirstN(Reals(), static_cast<std::size_t>(count))) {}
  HWY_INLINE Vector load(const real* p) const { return hn::MaskedLoad(mask, Reals(), p); }
  HWY_INLINE void store(Vector v, real* p) const { store_lanes(v, mask, Reals(), p); }
};

/// Calls body(i, io) for i = 0, lanes, 2 * lanes ... below count; `io` loads and stores at offset i: whole registers,
/// and a masked one for the rest. The body is a lambda marked HWY_ATTR and takes io as `auto`.
template <class Body>
HWY_INLINE void for_lanes(std::int64_t count, const Body& body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, Whole());
  if (i < count) body(i, Part(count - i));
}

/// A number known to the compiler, as an argument.
template <int value>
struct Number {
  static constexpr int kValue = value;
};

/// As for_lanes, with up to `most` (a power of two) whole registers side by side: body(i, io, Number<registers>()).
template <int most, class Body>
HWY_INLINE void for_lanes_abreast(std::int64_t count, const Body& body, std::int64_t i = 0) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  for (; i + most * lanes <= count; i += most * lanes) body(i, Whole(), Number<most>());
  if constexpr (most > 1)
    for_lanes_abreast<most / 2>(count, body, i);
  else if (i < count)
    body(i, Part(count - i), Number<1>());
}

/// For work on each value of a matrix with numbers of its column, which are loaded once for a block of rows. Calls
/// body(c, io, begin, end) for c as for_lanes does: the values of columns c ... c + lanes - 1 of a block are those at
/// begin, begin + columns ... below end.
template <class Body>
HWY_INLINE void for_column_lanes(std::int64_t rows, std::int64_t columns, const Body& body) {
  constexpr std::int64_t kBlock = 1024, kLeastRows = 4;  // values that stay in the nearest cache
  const std::int64_t fit = kBlock / columns, step = (fit > kLeastRows ? fit : kLeastRows) * columns;
  for (std::int64_t at = 0; at < rows * columns; at += step) {
    const std::int64_t end = rows * columns - at < step ? rows * columns : at + step;
    for_lanes(columns, [=, &body](std::int64_t c, auto io) HWY_ATTR { body(c, io, at + c, end); });
  }
}

HWY_INLINE Vector fill(real value) { return hn::Set(Reals(), value); }
/// A number of a formula.
HWY_INLINE Vector constant(double value) { return fill(static_cast<real>(value)); }

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
