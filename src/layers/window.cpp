#include "layers/window.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/error.hpp"

namespace cnnctl {
namespace {

/// One of the axes.
struct Axis {
  std::string_view name;  // "height"
  std::int64_t input, kernel, stride, dilation, before, after;

  std::int64_t reach() const { return dilation * (kernel - 1) + 1; }
};

std::string_view name_of(int axis, int axes) {
  constexpr std::array<std::string_view, 3> kNames = {"depth", "height", "width"};
  return axes == 1 ? "length" : kNames[static_cast<std::size_t>(axis + 3 - axes)];
}

void pad_by_rule(Padding::Rule rule, Axis& a) {
  if (rule == Padding::Rule::given) return;
  a.before = a.after = rule == Padding::Rule::full ? a.reach() - 1 : 0;
  if (rule != Padding::Rule::same) return;
  const std::int64_t outputs = (a.input + a.stride - 1) / a.stride;
  const std::int64_t total = std::max<std::int64_t>(0, (outputs - 1) * a.stride + a.reach() - a.input);
  a.before = total / 2;
  a.after = total - a.before;
}

Axis axis_of(const Window& window, const Shape& input, int i) {
  const bool padded = window.padding.before.axes() > 0;
  Axis axis{.name = name_of(i, window.axes()),
            .input = input.extents()[static_cast<std::size_t>(i)],
            .kernel = window.kernel[i],
            .stride = window.stride[i],
            .dilation = window.dilation[i],
            .before = padded ? window.padding.before[i] : 0,
            .after = padded ? window.padding.after[i] : 0};
  pad_by_rule(window.padding.rule, axis);
  return axis;
}

std::int64_t divide_down(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::int64_t output_size(const Axis& a, bool ceil_mode) {
  const std::int64_t steps = a.input + a.before + a.after - a.reach();
  if (!ceil_mode) return divide_down(steps, a.stride) + 1;
  const std::int64_t size = divide_down(steps + a.stride - 1, a.stride) + 1;
  return (size - 1) * a.stride >= a.input + a.before ? size - 1 : size;
}

std::string formula(const Axis& a, bool ceil_mode, std::int64_t result) {
  const std::string padding =
      a.before == a.after ? fmt::format("2*{}", a.before) : fmt::format("{} + {}", a.before, a.after);
  const std::string reach =
      a.dilation == 1 ? fmt::format("{}", a.kernel) : fmt::format("{}*({} - 1) - 1", a.dilation, a.kernel);
  return fmt::format("output {} = ({} + {} - {}) / {}{} + 1 = {}", a.name, a.input, padding, reach, a.stride,
                     ceil_mode ? " rounded up" : "", result);
}

/// As YAML would say it: "1", "[0, 1]", "[0, 0, 1, 0]".
std::string padding_text(const WindowPlan& p) {
  if (p.before == p.after && p.before.are_all(p.before[0])) return fmt::format("{}", p.before[0]);
  std::string text = fmt::format("{}", fmt::join(p.before.values(), ", "));
  if (!(p.before == p.after)) text += fmt::format(", {}", fmt::join(p.after.values(), ", "));
  return "[" + text + "]";
}

}  // namespace

WindowPlan plan_window(const Window& window, const Shape& input) {
  const int axes = window.axes();
  CNNCTL_CHECK(axes >= 1);
  CNNCTL_CHECK_EQ(window.stride.axes(), axes);
  CNNCTL_CHECK_EQ(window.dilation.axes(), axes);
  CNNCTL_CHECK(window.padding.before.axes() == 0 || window.padding.before.axes() == axes);
  CNNCTL_CHECK_EQ(window.padding.before.axes(), window.padding.after.axes());
  expect_axes(input, axes);
  WindowPlan plan{Sizes::all(axes, 0), Sizes::all(axes, 0), Sizes::all(axes, 0)};
  std::vector<std::int64_t> padded{input.channels()};
  padded.resize(static_cast<std::size_t>(axes) + 1);
  for (int i = 0; i < axes; ++i) {
    const Axis axis = axis_of(window, input, i);
    padded[static_cast<std::size_t>(i) + 1] = axis.input + axis.before + axis.after;
    plan.output[i] = output_size(axis, window.ceil_mode);
    plan.before[i] = axis.before;
    plan.after[i] = axis.after;
  }
  count_of(padded);  // a window's copy of the padded input is never larger
  for (int i = 0; i < axes; ++i)
    if (plan.output[i] < 1)
      throw ShapeError(fmt::format("window {} does not fit the input {} with padding {} ({})", window.kernel.str(),
                                   Sizes(input.extents()).str(), padding_text(plan),
                                   formula(axis_of(window, input, i), window.ceil_mode, plan.output[i])));
  return plan;
}

}  // namespace cnnctl
