#include "plot/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace cnnctl::plot {
namespace {

constexpr double kSlack = 1e-9;  // of a step: what a sum of steps may miss a tick by

/// The smallest of 1, 2 and 5 times a power of ten that is no less.
double nice_step(double step) {
  const double power = std::pow(10, std::floor(std::log10(step) + kSlack));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= step * (1 - kSlack)) return factor * power;
  return 10 * power;
}

}  // namespace

Axis::Axis(double low, double high, bool log, int most) : low_(low), high_(high), log_(log) {
  CNNCTL_CHECK(std::isfinite(low) && std::isfinite(high) && low <= high && most >= 1 && (!log || low > 0));
  if (log_) {
    if (high_ / low_ < 1.01) low_ /= 2, high_ *= 2;
    step_ = std::max(1.0, std::ceil(std::log10(high_ / low_) / most));
    return;
  }
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-6;
  if (high - low <= least) {
    const double room = low == 0 ? 1 : std::abs(low) / 10;
    low_ = low - room;
    high_ = high + room;
  }
  step_ = nice_step((high_ - low_) / most);
}

void Axis::widen() {
  if (log_) {
    low_ = std::pow(10, std::floor(std::log10(low_) + kSlack));
    high_ = std::pow(10, std::ceil(std::log10(high_) - kSlack));
  } else {
    low_ = std::floor(low_ / step_ + kSlack) * step_;
    high_ = std::ceil(high_ / step_ - kSlack) * step_;
  }
}

double Axis::share(double value) const {
  return log_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
}

double Axis::at(double share) const {
  return log_ ? low_ * std::pow(high_ / low_, share) : low_ + (high_ - low_) * share;
}

std::string Axis::label(double value) const {
  if (log_) {
    const double power = std::round(std::log10(value));
    return power >= -2 && power <= 3 ? fmt::format("{:g}", std::pow(10, power)) : fmt::format("1e{:.0f}", power);
  }
  const double least_digit = std::floor(std::log10(step_) + kSlack), size = std::max(std::abs(low_), std::abs(high_));
  if (least_digit < -5 || size >= 1e6) return std::abs(value) < step_ * kSlack ? "0" : fmt::format("{:.3g}", value);
  return fmt::format("{:.{}f}", value + 0.0, static_cast<int>(std::max(0.0, -least_digit)));
}

std::vector<Tick> Axis::ticks() const {
  std::vector<Tick> found;
  if (!log_) {
    const double first = std::ceil(low_ / step_ - kSlack), last = std::floor(high_ / step_ + kSlack);
    for (double i = first; i <= last; ++i) found.push_back({i * step_ + 0.0, label(i * step_ + 0.0)});
    return found;
  }
  for (double power = std::floor(std::log10(low_)); power <= std::log10(high_) + kSlack; ++power)
    for (int digit = 1; digit < 10; ++digit) {
      const double value = digit * std::pow(10, power);
      if (value < low_ * (1 - kSlack) || value > high_ * (1 + kSlack)) continue;
      const bool labelled = digit == 1 && std::fmod(std::abs(power), step_) == 0;
      if (labelled || step_ == 1) found.push_back({value, labelled ? label(value) : ""});
    }
  return found;
}

}  // namespace cnnctl::plot
