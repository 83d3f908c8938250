// Several narrow groups of channels in one register: lane l belongs to filter l % filters of group l / filters, and
// takes its group's value of a pixel. Included once per instruction set, after simd_inl.hpp and group_block.hpp. Knows
// the order of lanes; knows no convolution.

#if defined(CNNCTL_KERNELS_GROUP_LANES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CNNCTL_KERNELS_GROUP_LANES_INL
#undef CNNCTL_KERNELS_GROUP_LANES_INL
#else
#define CNNCTL_KERNELS_GROUP_LANES_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace cnnctl::kernels::HWY_NAMESPACE {

/// See groups_together in group_block.hpp.
HWY_INLINE std::int64_t groups_in_register(std::int64_t channels, std::int64_t filters) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Reals()));
  return HWY_MAX(std::int64_t{1}, lanes / HWY_MAX(channels, filters));
}

/// Whether there are groups that do not share a register.
constexpr bool kSomeAlone = hn::MaxLanes(Reals()) < 2 * kMostNarrow;

/// The value of one channel of each group, spread over the lanes of its filters, where groups share a register.
class SpreadValue {
 public:
  SpreadValue() = default;
  /// For `count` groups.
  SpreadValue(std::int64_t channels, std::int64_t filters, std::int64_t count)
      : mask_(hn::FirstN(Reals(), static_cast<std::size_t>(count * channels))) {
    HWY_ALIGN Lane first[HWY_MAX_BYTES / sizeof(real)] = {};
    for (std::int64_t group = 0, l = 0; group < count; ++group)
      for (std::int64_t end = l + filters; l < end; ++l) first[l] = static_cast<Lane>(group * channels);
    first_ = hn::Load(Lanes(), first);
    choose(0);
  }
  HWY_INLINE void choose(std::int64_t channel) {
    from_ = hn::Add(first_, hn::Set(Lanes(), static_cast<Lane>(channel)));
  }
  HWY_INLINE Vector operator()(const real* pixel) const {
    return hn::TableLookupLanes(hn::MaskedLoad(mask_, Reals(), pixel), hn::IndicesFromVec(Reals(), from_));
  }

 private:
  using Lane = hwy::MakeSigned<real>;
  using Lanes = hn::ScalableTag<Lane>;

  hn::Mask<Reals> mask_;
  hn::Vec<Lanes> first_, from_;
};

/// The same where a register belongs to one group.
class SameValue {
 public:
  HWY_INLINE void choose(std::int64_t channel) { channel_ = channel; }
  HWY_INLINE Vector operator()(const real* pixel) const { return fill(pixel[channel_]); }

 private:
  std::int64_t channel_ = 0;
};

}  // namespace cnnctl::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
