#include "layers/window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace cnnctl {
namespace {

/// One of the two axes.
struct Axis {
  std::string_view name;  // "height"
  std::int64_t input, kernel, stride, dilation, before, after;

  std::int64_t reach() const { return dilation * (kernel - 1) + 1; }
};

void pad_by_rule(Padding::Rule rule, Axis& a) {
  if (rule == Padding::Rule::given) return;
  a.before = a.after = rule == Padding::Rule::full ? a.reach() - 1 : 0;
  if (rule != Padding::Rule::same) return;
  const std::int64_t outputs = (a.input + a.stride - 1) / a.stride;
  const std::int64_t total = std::max<std::int64_t>(0, (outputs - 1) * a.stride + a.reach() - a.input);
  a.before = total / 2;
  a.after = total - a.before;
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

std::string padding_text(const Axis& h, const Axis& w) {
  if (h.before != h.after || w.before != w.after)
    return fmt::format("[{}, {}, {}, {}]", h.before, w.before, h.after, w.after);
  return h.before == w.before ? fmt::format("{}", h.before) : fmt::format("[{}, {}]", h.before, w.before);
}

}  // namespace

WindowPlan plan_window(const Window& window, const Shape& image) {
  Axis h{"height",           image.height(),       window.kernel.height, window.stride.height, window.dilation.height,
         window.padding.top, window.padding.bottom};
  Axis w{"width",
         image.width(),
         window.kernel.width,
         window.stride.width,
         window.dilation.width,
         window.padding.left,
         window.padding.right};
  pad_by_rule(window.padding.rule, h);
  pad_by_rule(window.padding.rule, w);
  for (const Axis& a : {h, w}) {
    const std::int64_t size = output_size(a, window.ceil_mode);
    if (size >= 1) continue;
    throw ShapeError(fmt::format("window {}x{} does not fit the input {}x{} with padding {} ({})", h.kernel, w.kernel,
                                 h.input, w.input, padding_text(h, w), formula(a, window.ceil_mode, size)));
  }
  return {output_size(h, window.ceil_mode), output_size(w, window.ceil_mode), h.before, w.before, h.after, w.after};
}

}  // namespace cnnctl
