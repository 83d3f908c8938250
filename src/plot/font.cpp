#include "plot/font.hpp"

#include <algorithm>
#include <array>

namespace cnnctl::plot {
namespace {

/// From ' ' to '~': strokes divided by commas, each a list of points, a digit across and a digit up. The baseline is at
/// 2, small letters reach up to 6 and capitals to 8.
constexpr std::array<std::string_view, 95> kForms = {"",
                                                     "08 04,02",
                                                     "08 06,28 26",
                                                     "12 18,32 38,04 44,06 46",
                                                     "47 38 18 07 06 15 35 44 43 32 12 03,29 21",
                                                     "08 18 17 07 08,32 42 43 33 32,02 48",
                                                     "42 07 18 27 26 04 03 12 22 44",
                                                     "08 06",
                                                     "18 07 03 12",
                                                     "08 17 13 02",
                                                     "05 47,07 45,24 28",
                                                     "05 45,23 27",
                                                     "12 01",
                                                     "05 35",
                                                     "02",
                                                     "02 48",
                                                     "12 32 43 47 38 18 07 03 12",
                                                     "07 28 22,02 42",
                                                     "07 18 38 47 46 02 42",
                                                     "07 18 38 47 46 35 25,35 44 43 32 12 03",
                                                     "32 38 04 44",
                                                     "48 08 05 35 44 43 32 12 03",
                                                     "38 18 07 03 12 32 43 44 35 15 04",
                                                     "08 48 12",
                                                     "15 06 07 18 38 47 46 35 15 04 03 12 32 43 44 35",
                                                     "12 32 43 47 38 18 07 06 15 35 46",
                                                     "02,05",
                                                     "05,12 01",
                                                     "37 05 33",
                                                     "04 44,06 46",
                                                     "07 35 03",
                                                     "07 18 38 47 46 25 24,22",
                                                     "42 12 03 07 18 38 47 44 24 26 46",
                                                     "02 28 42,14 34",
                                                     "02 08 38 47 46 35 05,35 44 43 32 02",
                                                     "47 38 18 07 03 12 32 43",
                                                     "02 08 28 46 44 22 02",
                                                     "48 08 02 42,05 35",
                                                     "48 08 02,05 35",
                                                     "47 38 18 07 03 12 32 43 45 25",
                                                     "02 08,42 48,05 45",
                                                     "02 08",
                                                     "38 33 22 12 03",
                                                     "02 08,48 05 42",
                                                     "08 02 42",
                                                     "02 08 25 48 42",
                                                     "02 08 42 48",
                                                     "12 42 53 57 48 18 07 03 12",
                                                     "02 08 38 47 46 35 05",
                                                     "12 42 53 57 48 18 07 03 12,34 52",
                                                     "02 08 38 47 46 35 05,25 42",
                                                     "47 38 18 07 06 15 35 44 43 32 12 03",
                                                     "08 48,28 22",
                                                     "08 03 12 32 43 48",
                                                     "08 22 48",
                                                     "08 12 25 32 48",
                                                     "02 48,08 42",
                                                     "08 25 48,25 22",
                                                     "08 48 02 42",
                                                     "18 08 02 12",
                                                     "08 42",
                                                     "08 18 12 02",
                                                     "06 28 46",
                                                     "01 41",
                                                     "08 17",
                                                     "06 26 35 32,34 14 03 12 22 33",
                                                     "08 02,05 16 26 35 33 22 12 03",
                                                     "35 26 16 05 03 12 22 33",
                                                     "38 32,35 26 16 05 03 12 22 33",
                                                     "04 34 35 26 16 05 03 12 32",
                                                     "28 17 12,06 26",
                                                     "35 26 16 05 03 12 22 33,36 31 20 00",
                                                     "08 02,05 16 26 35 32",
                                                     "06 02,08",
                                                     "16 11 00,18",
                                                     "08 02,36 04 32",
                                                     "08 02",
                                                     "06 02,05 16 25 22,25 36 45 42",
                                                     "06 02,05 16 26 35 32",
                                                     "12 22 33 35 26 16 05 03 12",
                                                     "06 00,05 16 26 35 33 22 12 03",
                                                     "36 30,35 26 16 05 03 12 22 33",
                                                     "06 02,04 26",
                                                     "36 16 05 14 24 33 22 02",
                                                     "18 13 22,06 26",
                                                     "06 03 12 22 33,36 32",
                                                     "06 22 46",
                                                     "06 12 25 32 46",
                                                     "06 32,02 36",
                                                     "06 22,46 10 00",
                                                     "06 36 02 32",
                                                     "28 17 16 05 14 13 22",
                                                     "01 08",
                                                     "08 17 16 25 14 13 02",
                                                     "04 15 34 45"};

constexpr double kHeight = 6, kBaseline = 2, kGap = 2, kBlank = 2;  // in these units

std::string_view form_of(char letter) {
  const bool known = letter >= ' ' && letter <= '~';
  return kForms[static_cast<std::size_t>((known ? letter : '?') - ' ')];
}

/// Calls use(across, up, begins a stroke) for each point.
template <class Use>
void each_point(std::string_view form, const Use& use) {
  for (std::size_t i = 0; i + 1 < form.size(); i += 3)
    use(form[i] - '0', form[i + 1] - '0', i == 0 || form[i - 1] == ',');
}

double advance(std::string_view form) {
  double most = form.empty() ? kBlank : 0;
  each_point(form, [&](int across, int, bool) { most = std::max(most, static_cast<double>(across)); });
  return most + kGap;
}

}  // namespace

std::vector<std::vector<Point>> letters(std::string_view words) {
  std::vector<std::vector<Point>> strokes;
  double at = 0;
  for (const char letter : words) {
    const std::string_view form = form_of(letter);
    each_point(form, [&](int across, int up, bool begins) {
      if (begins) strokes.emplace_back();
      strokes.back().push_back({(at + across) / kHeight, (up - kBaseline) / kHeight});
    });
    at += advance(form);
  }
  return strokes;
}

double width_of(std::string_view words) {
  double width = 0;
  for (const char letter : words) width += advance(form_of(letter));
  return std::max(0.0, width - kGap) / kHeight;
}

}  // namespace cnnctl::plot
