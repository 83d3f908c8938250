#include "kernels/norm/batch_norm_pool.hpp"

#include "kernels/everywhere.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("kernels") {
  using kernels::Activation;
  using kernels::PoolGeometry;

  struct Image {
    std::int64_t n, channels, height, width;
  };

  PoolGeometry halved(const Image& i) {
    return {i.n, i.channels, i.height, i.width, i.height / 2, i.width / 2, 2, 2, 2, 2};
  }

  /// Everything that both ways compute from.
  struct Data {
    Numbers x, dy, mean, scale, bias, a, b, k;

    explicit Data(const PoolGeometry& g) : x(random_numbers(g.inputs(), 1)), dy(random_numbers(g.outputs(), 2)) {
      for (real& v : x) v = std::round(v * 4);  // equal values in most windows
      std::uint64_t stream = 3;
      for (Numbers* of_channel : {&mean, &scale, &bias, &a, &b, &k}) *of_channel = random_numbers(g.channels, stream++);
      scale[0] = 0;  // all windows of a channel are ties
    }
    kernels::BatchNormAffine affine() const { return {mean.data(), scale.data(), bias.data()}; }
    kernels::BatchNormCoefficients coefficients() { return {a.data(), b.data(), k.data()}; }
  };

  void append(Numbers & all, const Numbers& more) { all.insert(all.end(), more.begin(), more.end()); }

  /// y and dx; the values that y is made of are put through batch norm again, to the same y.
  Numbers in_one(const Workers& workers, const PoolGeometry& g, Activation activation, Data d, bool accumulate) {
    Numbers y(static_cast<std::size_t>(g.outputs())), largest = y, again = y, dx(d.x.size(), 1);
    kernels::batch_norm_max_pool(workers, g, activation, d.x.data(), d.affine(), y.data(), largest.data());
    kernels::batch_norm_max_pool(workers, g, activation, d.x.data(), d.affine(), again.data(), nullptr);
    CHECK(same_bits(again, y));
    kernels::batch_norm_apply(workers, {g.outputs() / g.channels, g.channels, activation}, largest.data(), d.affine(),
                              nullptr, again.data());
    CHECK(same_bits(again, y));
    kernels::batch_norm_max_pool_grad(workers, g, activation, d.x.data(), d.affine(), d.coefficients(), d.dy.data(),
                                      dx.data(), accumulate);
    append(y, dx);
    return y;
  }

  Numbers one_by_one(const Workers& workers, const PoolGeometry& g, Activation activation, Data d, bool accumulate) {
    const kernels::BatchNormGeometry rows{g.inputs() / g.channels, g.channels, {}};
    Numbers normal(d.x.size()), y(static_cast<std::size_t>(g.outputs())), dx(d.x.size(), 1);
    std::vector<std::byte> winners(kernels::max_pool_winners(g));
    kernels::batch_norm_apply(workers, rows, d.x.data(), d.affine(), nullptr, normal.data());
    kernels::max_pool(workers, g, normal.data(), y.data(), winners.data());
    kernels::activate(workers, activation, g.outputs(), y.data(), y.data());
    kernels::activate_grad(workers, activation, g.outputs(), y.data(), d.dy.data(), d.dy.data(), false);
    kernels::max_pool_grad(workers, g, d.dy.data(), winners.data(), normal.data(), false);
    kernels::batch_norm_grad(workers, rows, {d.x.data(), d.affine(), nullptr, nullptr}, d.coefficients(), normal.data(),
                             {dx.data(), accumulate});
    append(y, dx);
    return y;
  }

  TEST_CASE("batch norm with max pooling in one gives the bits of one after the other") {
    for (const std::int64_t channels : {1, 2, 3, 4, 8, 16, 17, 33})
      for (const auto& [height, width] : {std::pair{2, 2}, {5, 7}, {6, 8}, {9, 2}, {4, 11}})
        for (const auto type : {Activation::Type::none, Activation::Type::relu, Activation::Type::tanh})
          for (const bool accumulate : {false, true}) {
            CAPTURE(channels);
            CAPTURE(height);
            CAPTURE(width);
            CAPTURE(static_cast<int>(type));
            const PoolGeometry g = halved({3, channels, height, width});
            const Data d(g);
            everywhere(
                [&](const Workers& workers) {
                  const Numbers got = in_one(workers, g, {type}, d, accumulate);
                  CHECK(same_bits(got, one_by_one(workers, g, {type}, d, accumulate)));
                  return got;
                },
                [](const Numbers&) {});
          }
  }

  TEST_CASE("a NaN wins its window behind batch norm, too") {
    const PoolGeometry g = halved({1, 1, 2, 2});
    const real zero = 0, one = 1;
    for (std::size_t place = 0; place < 4; ++place) {
      Numbers x = {1, 2, 3, 4}, y(1);
      x[place] = std::numeric_limits<real>::quiet_NaN();
      kernels::batch_norm_max_pool(Workers(1), g, {}, x.data(), {&zero, &one, &zero}, y.data(), nullptr);
      CHECK(std::isnan(y[0]));
    }
  }
}

}  // namespace
}  // namespace cnnctl::testing
