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

/// The sum of term(0) ... term(rows - 1), in four strands to hide the latency of additions. Strands are closed every
/// 256 rows, so that the error of long sums grows with their square root at most.
template <class Term>
HWY_INLINE Vector row_sum(std::int64_t rows, const Term& term) {
  constexpr std::int64_t kClose = 256;
  Vector total = hn::Zero(Reals());
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = rows - r > kClose ? r + kClose : rows;
    Vector a = hn::Zero(Reals()), b = a, c = a, d = a;
    for (; r + 4 <= end; r += 4) {
      a = hn::Add(a, term(r));
      b = hn::Add(b, term(r + 1));
      c = hn::Add(c, term(r + 2));
      d = hn::Add(d, term(r + 3));
    }
    for (; r < end; ++r) a = hn::Add(a, term(r));
    total = hn::Add(total, hn::Add(hn::Add(a, b), hn::Add(c, d)));
  }
  return total;
}

/// Two sums at once: of u and of u * v, where term(r) gives {u, v}.
struct Two {
  Vector first, second;
};
template <class Term>
HWY_INLINE Two row_sums_of_products(std::int64_t rows, const Term& term) {
  constexpr std::int64_t kClose = 256;
  Two total{hn::Zero(Reals()), hn::Zero(Reals())};
  for (std::int64_t r = 0; r < rows;) {
    const std::int64_t end = rows - r > kClose ? r + kClose : rows;
    Two a{hn::Zero(Reals()), hn::Zero(Reals())}, b = a, c = a, d = a;
    const auto add = [&term](Two& sums, std::int64_t row) HWY_ATTR {
      const Two t = term(row);
      sums.first = hn::Add(sums.first, t.first);
      sums.second = hn::MulAdd(t.first, t.second, sums.second);
    };
    for (; r + 4 <= end; r += 4) {
      add(a, r);
      add(b, r + 1);
      add(c, r + 2);
      add(d, r + 3);
    }
    for (; r < end; ++r) add(a, r);
    total.first = hn::Add(total.first, hn::Add(hn::Add(a.first, b.first), hn::Add(c.first, d.first)));
    total.second = hn::Add(total.second, hn::Add(hn::Add(a.second, b.second), hn::Add(c.second, d.second)));
  }
  return total;
}

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
