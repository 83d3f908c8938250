// Sums down a column of registers, in an order that depends on the number of rows alone. Included once per instruction
// set, after simd_inl.hpp. Knows the order; knows nothing of what is summed.

#if defined(CNNCTL_KERNELS_ROW_SUMS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_ROW_SUMS_INL
#undef CNNCTL_KERNELS_ROW_SUMS_INL
#else
#define CNNCTL_KERNELS_ROW_SUMS_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// Strands are closed every so many rows, so that the error of long sums grows with their square root at most.
constexpr std::int64_t kStrandRows = 256;

/// Registers of columns that are summed side by side: what they load then follows in memory.
constexpr int kAbreast = HWY_TARGET == HWY_AVX2 ? 2 : 4;

/// total[v] = the sum of term(0, v) ... term(rows - 1, v), in four strands to hide the latency of additions.
template <int columns, class Term>
HWY_INLINE void row_sums(std::int64_t rows, const Term& term, Vector (&total)[columns]) {
  for (int v = 0; v < columns; ++v) total[v] = hn::Zero(Reals());
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = rows - r > kStrandRows ? r + kStrandRows : rows;
    Vector strand[4][columns];
    HWY_UNROLL(4)
    for (int s = 0; s < 4; ++s)
      for (int v = 0; v < columns; ++v) strand[s][v] = hn::Zero(Reals());
    for (; r + 4 <= end; r += 4) {
      HWY_UNROLL(4)
      for (int s = 0; s < 4; ++s)
        for (int v = 0; v < columns; ++v) strand[s][v] = hn::Add(strand[s][v], term(r + s, v));
    }
    for (; r < end; ++r)
      for (int v = 0; v < columns; ++v) strand[0][v] = hn::Add(strand[0][v], term(r, v));
    for (int v = 0; v < columns; ++v)
      total[v] = hn::Add(total[v], hn::Add(hn::Add(strand[0][v], strand[1][v]), hn::Add(strand[2][v], strand[3][v])));
  }
}

/// Of one column of registers.
template <class Term>
HWY_INLINE Vector row_sum(std::int64_t rows, const Term& term) {
  Vector total[1];
  row_sums(
      rows, [&term](std::int64_t r, int) HWY_ATTR { return term(r); }, total);
  return total[0];
}

/// Two sums at once, of u and of u * v, where term(r, column) gives {u, v}; in two strands.
struct Two {
  Vector first, second;

  // Written out, with the target's attributes: the compiler's own would lack them.
  HWY_INLINE Two() = default;
  HWY_INLINE Two(Vector a, Vector b) : first(a), second(b) {}
};
template <int columns, class Term>
HWY_INLINE void row_sums_of_products(std::int64_t rows, const Term& term, Two (&total)[columns]) {
  const Two zero{hn::Zero(Reals()), hn::Zero(Reals())};
  for (int v = 0; v < columns; ++v) total[v] = zero;
  const auto add = [](Two& sums, const Two& t) HWY_ATTR {
    sums.first = hn::Add(sums.first, t.first);
    sums.second = hn::MulAdd(t.first, t.second, sums.second);
  };
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = rows - r > kStrandRows ? r + kStrandRows : rows;
    Two even[columns], odd[columns];
    for (int v = 0; v < columns; ++v) even[v] = odd[v] = zero;
    for (; r + 2 <= end; r += 2) {
      HWY_UNROLL(4)
      for (int v = 0; v < columns; ++v) add(even[v], term(r, v));
      HWY_UNROLL(4)
      for (int v = 0; v < columns; ++v) add(odd[v], term(r + 1, v));
    }
    if (r < end) {
      for (int v = 0; v < columns; ++v) add(even[v], term(r, v));
      ++r;
    }
    for (int v = 0; v < columns; ++v) {
      total[v].first = hn::Add(total[v].first, hn::Add(even[v].first, odd[v].first));
      total[v].second = hn::Add(total[v].second, hn::Add(even[v].second, odd[v].second));
    }
  }
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
