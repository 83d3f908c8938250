// hinge - by how much the right class does not stand out by a margin, as torch.nn.MultiMarginLoss with p = 1.
// Crammer and Singer, JMLR 2001, summed over the classes as Weston and Watkins, 1999.
#include "losses/catalog.hpp"
#include "losses/class_loss.hpp"

namespace cnnctl {
namespace {

/// The loss of a position with C classes is the sum over c of a_c * (sum over i other than c of
/// max(0, margin - x_c + x_i)) / C.
class Hinge final : public ClassLoss {
 public:
  void fields(Fields& f) override {
    f.shorthand("margin");
    f.optional("margin", margin_, "by how much the right output should be larger than any other",
               Limits{.low = 0, .high = 1e6});
    ClassLoss::fields(f);
  }

 private:
  std::string_view name() const override { return "hinge"; }

  double of_row(std::int64_t width, const real* x, const TargetRow& target, Slope slope) const override {
    const double share = 1 / static_cast<double>(width);
    double loss = 0;
    for (std::int64_t c = 0; c < width; ++c) {
      loss += 0 * static_cast<double>(x[c]);  // what is not finite comes through
      if (slope.values != nullptr) slope.values[c] = 0;
    }
    for (std::int64_t c = 0; c < width; ++c) {
      const double a = weight(c) * target[c] * share;
      if (a == 0) continue;
      double missed = 0;
      for (std::int64_t i = 0; i < width; ++i) {
        const double lack = margin_ - static_cast<double>(x[c]) + static_cast<double>(x[i]);
        if (i == c || lack <= 0) continue;
        loss += a * lack;
        ++missed;
        if (slope.values != nullptr) slope.values[i] += static_cast<real>(a * slope.scale);
      }
      if (slope.values != nullptr) slope.values[c] -= static_cast<real>(missed * a * slope.scale);
    }
    return loss;
  }

  double margin_ = 1;
};

}  // namespace

constexpr Kind<Loss> kHingeKind =
    kind_of<Loss, Hinge>("hinge",
                         "for classes: the right output should be the largest by a margin\n"
                         "sum over i other than the class t of max(0, margin - x[t] + x[i]) / C\n"
                         "Crammer, Singer, JMLR 2001; Weston, Watkins, 1999",
                         "{margin: 1}");

}  // namespace cnnctl
