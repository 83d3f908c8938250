#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.hpp"
#include "plot/axis.hpp"
#include "plot/chart.hpp"
#include "plot/font.hpp"

namespace cnnctl::plot {
namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> found;
  for (const Tick& tick : axis.ticks())
    if (!tick.label.empty()) found.push_back(tick.label);
  return found;
}

using Words = std::vector<std::string>;

Chart line_up() {
  Chart chart;
  chart.title = "title";
  chart.x_label = "epoch";
  chart.y_label = "rate";
  for (int i = 0; i <= 10; ++i) chart.x.push_back(i);
  chart.lines = {{chart.x, "", false}};
  return chart;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
    lines.push_back(text.substr(begin, end - begin));
  return lines;
}

std::size_t letters_in(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

TEST_SUITE("plot") {
  TEST_CASE("axis: ticks are round numbers with as many digits as tell them apart") {
    CHECK(labels(Axis(0, 10, false, 6)) == Words{"0", "2", "4", "6", "8", "10"});
    CHECK(labels(Axis(0, 0.05, false, 5)) == Words{"0.00", "0.01", "0.02", "0.03", "0.04", "0.05"});
    CHECK(labels(Axis(-1, 1, false, 4)) == Words{"-1.0", "-0.5", "0.0", "0.5", "1.0"});
    CHECK(labels(Axis(0, 3e6, false, 3)) == Words{"0", "1e+06", "2e+06", "3e+06"});
    CHECK(labels(Axis(1e-7, 10, true, 9)) == Words{"1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "0.01", "0.1", "1", "10"});
    CHECK(labels(Axis(1e-7, 10, true, 4)) == Words{"1e-6", "1e-4", "0.01", "1"});
  }

  TEST_CASE("axis: places follow values, and values places; ends widen to ticks") {
    Axis axis(0.3, 9.2, false, 5);
    axis.widen();
    CHECK(axis.low() == 0);
    CHECK(axis.high() == 10);
    CHECK(axis.share(2.5) == doctest::Approx(0.25));
    const Axis log(1e-4, 1, true, 5);
    CHECK(log.share(0.01) == doctest::Approx(0.5));
    for (const double share : {0.0, 0.3, 1.0}) CHECK(log.share(log.at(share)) == doctest::Approx(share));
    CHECK(Axis(5, 5, false, 4).share(5) == doctest::Approx(0.5));
    CHECK(Axis(0, 0, false, 4).share(0) == doctest::Approx(0.5));
  }

  TEST_CASE("text: a line up goes from corner to corner, within the columns, in ASCII and in Braille") {
    for (const bool braille : {false, true}) {
      const std::vector<std::string> lines = lines_of(draw_text(line_up(), 60, braille));
      CHECK(lines[0] == "title");
      for (const std::string& line : lines) CHECK(letters_in(line) <= 60);
      CHECK(lines[2].starts_with("10 "));
      CHECK(letters_in(lines[2]) == 60);    // the curve ends there
      CHECK(lines[17].starts_with(" 0 "));  // and begins here
      CHECK(letters_in(lines[17]) < 12);
      CHECK(lines.back().find("epoch") != std::string::npos);
    }
    CHECK(draw_text(line_up(), 60, false).find_first_not_of("0123456789 \n*+|-abcdefghijklmnopqrstuvwxyz") ==
          std::string::npos);
  }

  TEST_CASE("text: values that are not finite leave a gap, faint lines are left out, what is too high stays in") {
    Chart chart = line_up();
    chart.lines[0].y[5] = std::nan("");
    chart.lines[0].y[10] = 1e9;
    chart.y_most = 12;
    chart.mark = Mark{5, "here"};
    const std::vector<std::string> lines = lines_of(draw_text(chart, 80, false));
    CHECK(lines[2].back() == '*');
    CHECK(std::ranges::any_of(lines, [](const std::string& l) { return l.find("^ here") != std::string::npos; }));
    std::set<std::size_t> columns;
    for (const std::string& line : lines)
      for (std::size_t i = 0; i < line.size(); ++i)
        if (line[i] == '*') columns.insert(i);
    CHECK(columns.size() < 66);  // of 76, two tenths are missing
    CHECK(columns.size() > 55);
    chart.lines.push_back({std::vector<double>(11, 3), "", true});
    CHECK(lines_of(draw_text(chart, 80, false)) == lines);
  }

  TEST_CASE("font: every letter of ASCII has a form of its own within its line") {
    std::set<std::vector<std::pair<double, double>>> forms;
    for (char c = '!'; c <= '~'; ++c) {
      CAPTURE(c);
      std::vector<std::pair<double, double>> form;
      for (const std::vector<Point>& stroke : letters(std::string(1, c)))
        for (const Point& p : stroke) {
          CHECK(p.x >= 0);
          CHECK(p.x <= width_of(std::string(1, c)) + 1e-12);
          CHECK(p.y >= -0.34);
          CHECK(p.y <= (c == '$' ? 1.17 : 1));
          form.emplace_back(p.x, p.y);
        }
      CHECK(forms.insert(form).second);
    }
    CHECK(letters(" ").empty());
    CHECK(width_of("ab") > width_of("a") + width_of("b"));
  }

  TEST_CASE("picture: white with ink; the curve stands where it should; the same bytes each time") {
    const Picture picture = draw_picture(line_up());
    CHECK(picture.width == 1120);
    CHECK(picture.height == 640);
    const auto blue_at = [&](std::int64_t x, std::int64_t y) {
      const std::uint8_t* const p = picture.pixels.data() + (y * picture.width + x) * 3;
      return p[2] > p[0] + 60;
    };
    const auto column_of = [&](std::int64_t x) {
      std::int64_t sum = 0, count = 0;
      for (std::int64_t y = 0; y < picture.height; ++y)
        if (blue_at(x, y)) sum += y, ++count;
      REQUIRE(count > 0);
      return sum / count;
    };
    CHECK(column_of(300) > column_of(600));
    CHECK(column_of(600) > column_of(1000));
    CHECK(picture.pixels[0] == 255);
    CHECK(draw_picture(line_up()).pixels == picture.pixels);
  }
}

}  // namespace cnnctl::plot
