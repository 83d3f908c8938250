#include "kernels/norm/batch_norm.hpp"

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::Activation;
  using kernels::BatchNormGeometry;

  struct Moments {
    std::vector<double> mean, var;
  };

  Moments exact_moments(const BatchNormGeometry& g, const Numbers& x) {
    Moments m{std::vector<double>(static_cast<std::size_t>(g.channels)), {}};
    m.var = m.mean;
    const auto channels = m.mean.size();
    const double rows = static_cast<double>(g.rows);
    for (std::size_t i = 0; i < x.size(); ++i) m.mean[i % channels] += x[i] / rows;
    for (std::size_t i = 0; i < x.size(); ++i) m.var[i % channels] += std::pow(x[i] - m.mean[i % channels], 2) / rows;
    return m;
  }

  /// mean and var, one behind the other.
  Numbers statistics(const Workers& workers, const BatchNormGeometry& g, const Numbers& x) {
    std::vector<std::byte> scratch(kernels::batch_norm_scratch(g));
    Numbers both(static_cast<std::size_t>(2 * g.channels));
    kernels::batch_norm_gather(workers, g, 0, g.rows, x.data(), scratch.data());
    kernels::batch_norm_settle(workers, g, scratch.data(), both.data(), both.data() + g.channels);
    return both;
  }

  /// The whole way back.
  void gradients(const Workers& workers, const BatchNormGeometry& g, const kernels::BatchNormSaved& saved,
                 const real* dy, const kernels::BatchNormGradients& out, real* dweight, real* dbias) {
    std::vector<std::byte> scratch(kernels::batch_norm_scratch(g));
    Numbers a(static_cast<std::size_t>(g.channels)), b = a, k = a;
    const kernels::BatchNormCoefficients coefficients{a.data(), b.data(), k.data()};
    kernels::batch_norm_gather_gradient(workers, g, 0, g.rows, saved, dy, scratch.data());
    kernels::batch_norm_settle_gradient(workers, g, g.rows, saved, scratch.data(), coefficients, dweight, dbias);
    kernels::batch_norm_grad(workers, g, saved, coefficients, dy, out);
  }

  const std::int64_t kRows[] = {1, 2, 5, 127, 4099};
  const std::int64_t kChannels[] = {1, 3, 5, 8, 16, 17, 33, 112, 520};

  TEST_CASE("batch statistics are exact to rounding") {
    for (const std::int64_t rows : kRows) {
      for (const std::int64_t channels : kChannels) {
        CAPTURE(rows);
        CAPTURE(channels);
        const BatchNormGeometry g{rows, channels, {}};
        const Numbers x = random_numbers(g.count(), 1);
        Moments want = exact_moments(g, x);
        want.mean.insert(want.mean.end(), want.var.begin(), want.var.end());
        everywhere([&](const Workers& workers) { return statistics(workers, g, x); },
                   [&](const Numbers& both) { check_close(both, want.mean, 8 * kEpsilon); });
      }
    }
  }

  TEST_CASE("statistics gathered in parts, out of order, are those of the whole") {
    for (const std::int64_t channels : {1, 6, 17, 64}) {
      CAPTURE(channels);
      const BatchNormGeometry g{1000, channels, {}, 96};
      const Numbers x = random_numbers(g.count(), 11);
      Moments want = exact_moments(g, x);
      want.mean.insert(want.mean.end(), want.var.begin(), want.var.end());
      const Numbers whole = statistics(Workers(3), g, x);
      check_close(whole, want.mean, 8 * kEpsilon);
      std::vector<std::byte> scratch(kernels::batch_norm_scratch(g));
      Numbers both(whole.size());
      for (const auto& [first, count] : {std::pair{960, 40}, {0, 192}, {480, 480}, {192, 288}})
        kernels::batch_norm_gather(Workers(2), g, first, count, x.data() + first * channels, scratch.data());
      kernels::batch_norm_settle(Workers(1), g, scratch.data(), both.data(), both.data() + channels);
      CHECK(same_bits(both, whole));
    }
  }

  TEST_CASE("the variance survives a mean that is 10,000 deviations away") {
    const BatchNormGeometry g{100000, 3, {}};
    Numbers x = random_numbers(g.count(), 2);
    for (real& v : x) v += 5000;  // the deviation is 0.577
    const Moments want = exact_moments(g, x);
    const Numbers both = statistics(Workers(2), g, x);
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(both[c] == doctest::Approx(want.mean[c]).epsilon(2 * kEpsilon));
      CHECK(both[3 + c] == doctest::Approx(want.var[c]).epsilon(20 * kEpsilon));
    }
  }

  TEST_CASE("an outlier at the start of the data does not spoil the variance") {
    const BatchNormGeometry g{50000, 1, {}};
    Numbers x = random_numbers(g.count(), 3);
    x[0] = 1000;
    const double want = exact_moments(g, x).var[0];
    CHECK(statistics(Workers(1), g, x)[1] == doctest::Approx(want).epsilon(1000 * kEpsilon));
  }

  TEST_CASE("the variance of a constant is zero, in double precision but for the rounding of its mean") {
    const BatchNormGeometry g{3000, 2, {}};
    const Numbers both = statistics(Workers(1), g, Numbers(6000, real(0.1)));
    if (sizeof(real) == 4) CHECK(both == Numbers{real(0.1), real(0.1), 0, 0});  // its blocks are joined in double
    for (std::size_t c = 0; c < 2; ++c) {
      CHECK(both[c] == doctest::Approx(real(0.1)).epsilon(kEpsilon));
      CHECK(both[2 + c] <= 0.01 * kEpsilon * kEpsilon);
    }
  }

  /// y = act((x - mean) * invstd * weight + bias + r), and for a loss of sum(dy * y) all its gradients, in double.
  struct Reference {
    std::vector<double> y, dx, dr, dweight, dbias;
  };

  Reference reference(const BatchNormGeometry& g, const Numbers& x, const Numbers& r, const Numbers& weight,
                      const Numbers& bias, const Numbers& dy) {
    const Moments m = exact_moments(g, x);
    const std::size_t channels = m.mean.size();
    const double rows = static_cast<double>(g.rows);
    Reference out;
    out.dweight.resize(channels);
    out.dbias.resize(channels);
    const auto normal = [&](std::size_t i) {
      return (x[i] - m.mean[i % channels]) / std::sqrt(m.var[i % channels] + 1e-5);
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i % channels;
      const double before = normal(i) * weight[c] + bias[c] + r[i];
      const bool relu = g.activation.type == Activation::Type::relu;
      out.y.push_back(relu && before < 0 ? 0 : before);
      out.dr.push_back(relu && before <= 0 ? 0 : dy[i]);
      out.dweight[c] += out.dr[i] * normal(i);
      out.dbias[c] += out.dr[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i % channels;
      out.dx.push_back(weight[c] / std::sqrt(m.var[c] + 1e-5) *
                       (out.dr[i] - out.dbias[c] / rows - normal(i) * out.dweight[c] / rows));
    }
    return out;
  }

  void append(Numbers & all, const Numbers& more) { all.insert(all.end(), more.begin(), more.end()); }

  void check_against_reference(const BatchNormGeometry& g, bool residual, bool accumulate) {
    const Numbers x = random_numbers(g.count(), 4, -1, 3), dy = random_numbers(g.count(), 5),
                  weight = random_numbers(g.channels, 6), bias = random_numbers(g.channels, 7);
    const Numbers r = residual ? random_numbers(g.count(), 8) : Numbers(x.size());
    const Reference want = reference(g, x, r, weight, bias, dy);
    std::vector<double> all = want.y;
    for (const double v : want.dx) all.push_back(v + (accumulate ? 1 : 0));
    if (residual)
      for (const double v : want.dr) all.push_back(v + (accumulate ? 1 : 0));
    all.insert(all.end(), want.dweight.begin(), want.dweight.end());
    all.insert(all.end(), want.dbias.begin(), want.dbias.end());
    const auto compute = [&](const Workers& workers) {
      Numbers mean = statistics(workers, g, x), invstd(mean.begin() + g.channels, mean.end()), scale = weight;
      for (std::size_t c = 0; c < scale.size(); ++c) {
        invstd[c] = static_cast<real>(1 / std::sqrt(invstd[c] + 1e-5));
        scale[c] *= invstd[c];
      }
      Numbers y(x.size()), dx(x.size(), 1), dr(residual ? x.size() : 0, 1), dweight(weight.size()),
          dbias(weight.size());
      kernels::batch_norm_apply(workers, g, x.data(), {mean.data(), scale.data(), bias.data()},
                                residual ? r.data() : nullptr, y.data());
      gradients(workers, g,
                {x.data(), {mean.data(), scale.data(), bias.data()}, invstd.data(), residual ? y.data() : nullptr},
                dy.data(), {dx.data(), accumulate, residual ? dr.data() : nullptr, accumulate}, dweight.data(),
                dbias.data());
      for (const Numbers* more : {&dx, &dr, &dweight, &dbias}) append(y, *more);
      return y;
    };
    // Gradients of few rows divide by the deviation and cancel: the tolerance is for them.
    everywhere(compute, [&](const Numbers& got) { check_close(got, all, 300 * kEpsilon); });
  }

  TEST_CASE("batch norm, fused with a sum and an activation, and its gradients are those of the formulas") {
    for (const std::int64_t rows : {5, 127, 4099}) {
      for (const std::int64_t channels : kChannels) {
        for (const auto type : {Activation::Type::none, Activation::Type::relu}) {
          CAPTURE(rows);
          CAPTURE(channels);
          CAPTURE(static_cast<int>(type));
          const BatchNormGeometry g{rows, channels, {type}};
          check_against_reference(g, false, false);
          if (channels <= 17) check_against_reference(g, true, true);
        }
      }
    }
  }

  TEST_CASE("gradients that are not wanted are not computed, and the others may overwrite dy") {
    const BatchNormGeometry g{100, 5, {}};
    const Numbers x = random_numbers(500, 9), dy = random_numbers(500, 10), mean(5, 0), invstd(5, 1);
    const kernels::BatchNormSaved saved{x.data(), {mean.data(), invstd.data(), mean.data()}, invstd.data(), nullptr};
    Numbers dx(500), over = dy;
    gradients(Workers(1), g, saved, dy.data(), {.dx = dx.data()}, nullptr, nullptr);
    gradients(Workers(1), g, saved, over.data(), {.dx = over.data()}, nullptr, nullptr);
    CHECK(same_bits(dx, over));
    Numbers dbias(5);
    gradients(Workers(1), g, saved, dy.data(), {}, nullptr, dbias.data());
    CHECK(dbias[0] != 0);
  }
}

}  // namespace
}  // namespace cnnctl::testing
