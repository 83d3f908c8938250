#include <cmath>

#include "layer_run.hpp"

namespace cnnctl::testing {
namespace {

TEST_SUITE("layers") {
  struct Moments {
    double mean = 0, var = 0;
  };

  /// Of channel c of x, whose pixels have `channels` values.
  Moments moments_of(const Numbers& x, std::size_t c, std::size_t channels) {
    Moments m;
    const double rows = static_cast<double>(x.size() / channels);
    for (std::size_t i = c; i < x.size(); i += channels) m.mean += x[i] / rows;
    for (std::size_t i = c; i < x.size(); i += channels) m.var += (x[i] - m.mean) * (x[i] - m.mean) / rows;
    return m;
  }

  TEST_CASE("batch norm's parameters have PyTorch's names, shapes and first values") {
    const LayerRun r("batch_norm2d", "", {{3, 4, 4}}, 2);
    REQUIRE(r.plan.parameters.size() == 4);
    const char* names[] = {"weight", "bias", "running_mean", "running_var"};
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(r.plan.parameters[i].name == names[i]);
      CHECK(r.plan.parameters[i].shape == std::vector<std::int64_t>{3});
      CHECK(r.parameters[i] == Numbers(3, i == 0 || i == 3 ? 1 : 0));
      CHECK(r.plan.parameters[i].trainable() == (i < 2));
    }
    CHECK(LayerRun("batch_norm2d", "{affine: false}", {{3, 4, 4}}, 2).plan.parameters.size() == 2);
    CHECK(LayerRun("batch_norm2d", "{affine: false, track_running_stats: false}", {{3, 4, 4}}, 2)
              .plan.parameters.empty());
  }

  TEST_CASE("training normalises by the biased variance and averages the unbiased one") {
    LayerRun r("batch_norm2d", "{momentum: 0.25, eps: 0.01}", {{3, 4, 5}}, 2);
    r.parameters[0] = {2, 3, 4};
    r.parameters[1] = {-1, 0, 1};
    r.forward();
    for (std::size_t c = 0; c < 3; ++c) {
      const Moments m = moments_of(r.x[0], c, 3);
      CHECK(r.parameters[2][c] == doctest::Approx(0.25 * m.mean));
      CHECK(r.parameters[3][c] == doctest::Approx(0.75 + 0.25 * m.var * 40 / 39));
      for (std::size_t i = c; i < r.y.size(); i += 3)
        CHECK(r.y[i] ==
              doctest::Approx((r.x[0][i] - m.mean) / std::sqrt(m.var + 0.01) * r.parameters[0][c] + r.parameters[1][c])
                  .epsilon(1e-5));
    }
  }

  TEST_CASE("inference uses the running averages, or the batch where none are kept") {
    LayerRun r("batch_norm1d", "", {{2}}, 3, Mode::infer);
    r.parameters = {{2, 3}, {1, -1}, {real(0.5), -2}, {4, 9}};
    r.x[0] = {1, 2, 3, 4, 5, 6};
    r.forward();
    for (std::size_t i = 0; i < 6; ++i) {
      const std::size_t c = i % 2;
      const double want = (r.x[0][i] - r.parameters[2][c]) / std::sqrt(r.parameters[3][c] + 1e-5);
      CHECK(r.y[i] == doctest::Approx(want * r.parameters[0][c] + r.parameters[1][c]).epsilon(1e-5));
    }
    LayerRun untracked("batch_norm1d", "{track_running_stats: false}", {{2}}, 3, Mode::infer);
    untracked.forward();
    const Moments m = moments_of(untracked.y, 1, 2);
    CHECK(std::abs(m.mean) < 1e-5);
    CHECK(m.var == doctest::Approx(1).epsilon(1e-3));
  }

  TEST_CASE("batch norm's gradients are right, alone and with what is fused behind it") {
    const auto fusing = [](const std::string& yaml, bool add, const char* activation) {
      Choice<Layer> layer = configure(layers(), "batch_norm2d", yaml);
      Inputs inputs{.shapes = std::vector<Shape>(add ? 2 : 1, Shape{5, 3, 4}), .batch = 4, .part = 2};
      if (add) CHECK(fuse(*layer, inputs, fused("add")));
      if (activation != nullptr) CHECK(fuse(*layer, inputs, fused(activation)));
      LayerRun r(std::move(layer), inputs);
      if (!r.plan.parameters.empty() && r.plan.parameters[0].name == "weight") {
        r.parameters[0] = random_numbers(5, 30, real(0.5), 2);
        r.parameters[1] = random_numbers(5, 31);
      }
      return r;
    };
    for (const char* activation : {static_cast<const char*>(nullptr), "sigmoid", "tanh", "elu"}) {
      for (const bool add : {false, true}) {
        LayerRun r = fusing("", add, activation);
        CHECK(r.plan.reads.output == add);
        check_gradients(r);
        check_accumulation(r);
      }
    }
    LayerRun plain = fusing("{affine: false}", false, "sigmoid");
    check_gradients(plain);
  }

  TEST_CASE("batch norm with fused add and relu is the same as one after the other") {
    Choice<Layer> layer = configure(layers(), "batch_norm2d");
    Inputs inputs{.shapes = {{6, 5, 5}, {6, 5, 5}}, .batch = 3, .part = 2};
    CHECK(fuse(*layer, inputs, fused("add")));
    CHECK_FALSE(fuse(*layer, inputs, fused("add")));
    CHECK(fuse(*layer, inputs, fused("relu")));
    CHECK_FALSE(fuse(*layer, inputs, fused("relu")));
    CHECK_FALSE(fuse(*layer, inputs, fused("dropout")));
    LayerRun whole(std::move(layer), inputs);
    LayerRun norm("batch_norm2d", "", {{6, 5, 5}}, 3), add("add", "", {{6, 5, 5}, {6, 5, 5}}, 3),
        relu("relu", "", {{6, 5, 5}}, 3);
    whole.forward();
    norm.forward();
    add.x = {norm.y, whole.x[1]};
    add.forward();
    relu.x = {add.y};
    relu.forward();
    CHECK(whole.y == relu.y);
    relu.backward();
    add.dy = relu.dx[0];
    add.backward();
    norm.dy = add.dx[0];
    norm.backward();
    whole.backward();
    CHECK(whole.dx[1] == add.dx[1]);
    for (std::size_t i = 0; i < norm.dx[0].size(); ++i)
      CHECK(whole.dx[0][i] == doctest::Approx(norm.dx[0][i]).epsilon(1e-5));
    CHECK(whole.parameter_gradients[0][3] == doctest::Approx(norm.parameter_gradients[0][3]));
  }

  TEST_CASE("batch norm with fused max pooling and relu is the same as one after the other") {
    Choice<Layer> layer = configure(layers(), "batch_norm2d");
    Inputs inputs{.shapes = {{6, 5, 7}}, .batch = 3, .part = 2};
    for (const char* other : {"{kernel_size: 3}", "{kernel_size: 2, stride: 1}", "{kernel_size: 2, padding: 1}",
                              "{kernel_size: 2, ceil_mode: true}"})
      CHECK_FALSE(fuse(*layer, inputs, fused("max_pool2d", other)));
    CHECK(fuse(*layer, inputs, fused("max_pool2d", "2")));
    CHECK_FALSE(fuse(*layer, inputs, fused("max_pool2d", "2")));
    CHECK_FALSE(fuse(*layer, inputs, fused("add")));
    CHECK(fuse(*layer, inputs, fused("relu")));
    LayerRun whole(std::move(layer), inputs), norm("batch_norm2d", "", {{6, 5, 7}}, 3),
        relu("relu", "", {{6, 5, 7}}, 3), pool("max_pool2d", "2", {{6, 5, 7}}, 3);
    for (LayerRun* run : {&whole, &norm}) {
      run->parameters[0] = {1, real(0.5), -2, 0, 2, -1};
      run->parameters[1] = {0, real(0.5), 0, 1, -1, -2};
    }
    whole.forward();
    norm.forward();
    relu.x = {norm.y};
    relu.forward();
    pool.x = {relu.y};
    pool.forward();
    CHECK(whole.y == pool.y);
    whole.backward();
    pool.backward();
    relu.dy = pool.dx[0];
    relu.backward();
    norm.dy = relu.dx[0];
    norm.backward();
    for (std::size_t i = 0; i < norm.dx[0].size(); ++i)
      CHECK(whole.dx[0][i] == doctest::Approx(norm.dx[0][i]).epsilon(1e-5));
    for (std::size_t p = 0; p < 2; ++p)
      for (std::size_t c = 0; c < 6; ++c)
        CHECK(whole.parameter_gradients[p][c] == doctest::Approx(norm.parameter_gradients[p][c]).epsilon(1e-5));
  }

  TEST_CASE("batch norm of what is no image is fused with no pooling of images") {
    const auto fuses = [](const char* name, const Shape& shape) {
      return configure(layers(), name)->fuses({.shapes = {shape}, .batch = 2}, {.max_pool_2x2 = true});
    };
    CHECK_FALSE(fuses("batch_norm1d", {6}));
    CHECK_FALSE(fuses("batch_norm1d", {6, 8}));
    CHECK(fuses("batch_norm2d", {6, 8, 8}));
  }

  TEST_CASE("batch norm refuses shapes that are not its own, and batches that say nothing of a deviation") {
    CHECK(shape_error("batch_norm2d", "", {{12}}) == "expects an image (channels x height x width), got 12");
    CHECK(shape_error("batch_norm1d", "", {{3, 4, 4}}) ==
          "expects a vector of features or a sequence (channels x length), got 3x4x4; batch_norm2d is for images");
    CHECK(shape_error("batch_norm1d", "", {{3, 2, 4, 4}}) ==
          "expects a vector of features or a sequence (channels x length), got 3x2x4x4");
    CHECK(shape_error("batch_norm1d", "", {{3, 8}}, 1).empty());
    CHECK(shape_error("batch_norm1d", "", {{3}}, 1) ==
          "batch norm needs more than one value per channel to train, got a batch of 1");
    CHECK(shape_error("batch_norm2d", "", {{3, 2, 2}}, 1).empty());
    const Choice<Layer> residual = configure(layers(), "batch_norm2d");
    CHECK(shape_error(residual, {.shapes = {{3, 4, 4}, {3, 4, 5}}, .batch = 2, .behind = {fused("add")}}) ==
          "add needs inputs of one shape, got 3x4x4 and 3x4x5");
  }
}

}  // namespace
}  // namespace cnnctl::testing
