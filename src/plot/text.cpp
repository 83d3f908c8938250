// draw_text of chart.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "plot/frame.hpp"

namespace cnnctl::plot {
namespace {

constexpr int kRows = 16;

/// Dots that letters are made of: 2 x 4 of Braille, else one.
class Dots {
 public:
  Dots(int columns, int rows, bool braille)
      : across_(braille ? 2 : 1), down_(braille ? 4 : 1), width_(columns * across_), height_(rows * down_) {
    set_.assign(static_cast<std::size_t>(width_ * height_), 0);
  }

  int width() const { return width_; }
  /// Shares of width and height, from the lower left.
  void line(double x0, double y0, double x1, double y1) {
    const double dx = (x1 - x0) * (width_ - 1), dy = (y1 - y0) * (height_ - 1);
    const int steps = std::max(1, static_cast<int>(std::ceil(std::max(std::abs(dx), std::abs(dy)))));
    for (int i = 0; i <= steps; ++i) {
      const double share = static_cast<double>(i) / steps;
      put(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
    }
  }

  std::string letter(int column, int row) const {
    if (across_ == 1) return is_set(column, row) ? "*" : " ";
    constexpr int kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int bits = 0;
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 2; ++x)
        if (is_set(column * 2 + x, row * 4 + y)) bits |= kBits[y][x];
    if (bits == 0) return " ";
    const int code = 0x2800 + bits;  // of Unicode, three bytes of UTF-8
    return {static_cast<char>(0xE0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3F)),
            static_cast<char>(0x80 | (code & 0x3F))};
  }

 private:
  void put(double x, double y) {
    const int column = std::clamp(static_cast<int>(std::lround(x * (width_ - 1))), 0, width_ - 1);
    const int row = std::clamp(static_cast<int>(std::lround((1 - y) * (height_ - 1))), 0, height_ - 1);
    set_[static_cast<std::size_t>(row * width_ + column)] = 1;
  }
  bool is_set(int x, int y) const { return set_[static_cast<std::size_t>(y * width_ + x)] != 0; }

  int across_, down_, width_, height_;
  std::vector<char> set_;
};

void trace(const Chart& chart, const Frame& frame, Dots& dots) {
  for (const Line& line : chart.lines) {
    if (line.faint) continue;
    std::size_t before = line.y.size();
    for (std::size_t i = 0; i < line.y.size(); ++i) {
      if (!std::isfinite(line.y[i])) {
        before = line.y.size();
        continue;
      }
      const std::size_t from = before < line.y.size() ? before : i;
      dots.line(frame.x.share(chart.x[from]), std::min(1.0, frame.y.share(line.y[from])), frame.x.share(chart.x[i]),
                std::min(1.0, frame.y.share(line.y[i])));
      before = i;
    }
  }
}

/// Writes `label` centred on `at`, unless it would meet what stands there.
void write_centred(std::string& line, int at, const std::string& label) {
  const int size = static_cast<int>(label.size());
  const int begin = std::clamp(at - size / 2, 0, static_cast<int>(line.size()) - size);
  const int clear = std::max(0, begin - 1);
  if (begin < 0 ||
      line.substr(static_cast<std::size_t>(clear), static_cast<std::size_t>(size + 2)).find_first_not_of(' ') !=
          std::string::npos)
    return;
  line.replace(static_cast<std::size_t>(begin), static_cast<std::size_t>(size), label);
}

std::string trimmed(const std::string& line) { return line.substr(0, line.find_last_not_of(' ') + 1) + "\n"; }

}  // namespace

std::string draw_text(const Chart& chart, int columns, bool braille) {
  CNNCTL_CHECK(columns >= 40);
  const Frame frame = frame_of(chart, 6, 5, false);
  std::vector<std::string> labels(kRows);
  std::size_t margin = 0;
  for (const Tick& tick : frame.y.ticks()) {
    labels[static_cast<std::size_t>(std::lround((1 - frame.y.share(tick.value)) * (kRows - 1)))] = tick.label;
    margin = std::max(margin, tick.label.size());
  }
  const int width = columns - static_cast<int>(margin) - 2;
  Dots dots(width, kRows, braille);
  trace(chart, frame, dots);

  std::string text = chart.title + "\n\n";
  for (int row = 0; row < kRows; ++row) {
    const std::string& label = labels[static_cast<std::size_t>(row)];
    const char* const side = label.empty() ? (braille ? "\u2502" : "|") : (braille ? "\u2524" : "+");
    std::string line = fmt::format("{:>{}} {}", label, margin, side);
    for (int column = 0; column < width; ++column) line += dots.letter(column, row);
    text += trimmed(line);
  }
  std::string below(static_cast<std::size_t>(width), ' ');
  std::vector<bool> ticks(below.size());
  const auto column_of = [&](double x) { return static_cast<int>(std::lround(frame.x.share(x) * (width - 1))); };
  for (const Tick& tick : frame.x.ticks()) {
    if (tick.label.empty()) continue;
    ticks[static_cast<std::size_t>(column_of(tick.value))] = true;
    write_centred(below, column_of(tick.value), tick.label);
  }
  std::string axis = std::string(margin + 1, ' ') + (braille ? "\u2514" : "+");
  for (const bool tick : ticks) axis += tick ? (braille ? "\u252c" : "+") : (braille ? "\u2500" : "-");
  const std::string room(margin + 2, ' ');
  text += axis + "\n" + trimmed(room + below);
  if (chart.mark) {
    std::string marked(static_cast<std::size_t>(width), ' ');
    write_centred(marked, column_of(chart.mark->x), "^ " + chart.mark->label);
    text += trimmed(room + marked);
  }
  std::string name(static_cast<std::size_t>(width), ' ');
  write_centred(name, width / 2, chart.x_label);
  return text + trimmed(room + name);
}

}  // namespace cnnctl::plot
