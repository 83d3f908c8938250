// Progress on stderr: a live line on a terminal, plain lines (one a minute, and one an epoch) elsewhere. A console that
// cannot be written to is ignored: a closed terminal must not end a run.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/nan.hpp"
#include "base/text.hpp"
#include "observe/observer.hpp"

namespace cnnctl {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kRepeat = std::chrono::seconds(60);  // between two plain lines within an epoch
constexpr std::size_t kBarWidth = 20;

void say(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

/// Columns of the terminal, at most 80.
std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return std::min<std::size_t>(size.ws_col, 80);
}

bool use_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (!no_colour || !*no_colour) && term && std::string_view(term) != "dumb";
}

/// The live line: " 3/10 [========>           ] loss 0.4512 top-1 85.1% 12,345 img/s ETA 3m12s data 1%".
std::string live_line(const StepEvent& e) {
  const double share = e.batches > 0 ? static_cast<double>(e.batch) / static_cast<double>(e.batches) : 1;
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  std::string bar(filled, '=');
  if (filled < kBarWidth) bar += '>';
  bar.resize(kBarWidth, ' ');
  const double rate = e.seconds > 0 ? static_cast<double>(e.images) / e.seconds : 0;
  const std::string eta = rate > 0 ? human_seconds(static_cast<double>(e.images_left) / rate) : "?";
  const Results so_far = e.measured->results();
  const Number& metric = so_far.metric();
  const std::string value =
      metric.share ? fmt::format("{:.1f}%", unsigned_nan(metric.value) * 100) : loss_text(metric.value);
  return fmt::format("{}/{} [{}] loss {} {} {} {} img/s ETA {} data {:.0f}%", e.epoch, e.epochs, bar,
                     loss_text(so_far.loss()), metric.label, value, with_commas(static_cast<std::int64_t>(rate)), eta,
                     e.seconds > 0 ? 100 * e.data_seconds / e.seconds : 0);
}

class ConsoleObserver final : public Observer {
 public:
  explicit ConsoleObserver(bool live) : live_(live), colour_(use_colour()) {}

  void start(const RunStart& e) override {
    for (const std::string& line : start_lines(e)) say(line + "\n");
  }

  void step(const StepEvent& e) override {
    if (Clock::now() - drawn_ < (live_ ? Clock::duration(kRedraw) : Clock::duration(kRepeat))) return;
    drawn_ = Clock::now();
    std::string line = live_line(e);
    if (!live_) return say(line + "\n");
    line.resize(std::min(line.size(), terminal_width() - 1));  // a full last column would wrap on some terminals
    say("\r" + line + "\x1b[K");
    dirty_ = true;
  }

  void epoch(const EpochEvent& e) override {
    clear();
    const std::string line = epoch_line(e);
    say(colour_ && e.best ? "\x1b[32m" + line + "\x1b[0m\n" : line + "\n");
  }

  void rolled_back(const RollbackEvent& e) override {
    clear();
    for (const std::string& line : rollback_lines(e)) say(line + "\n");
  }

  void stop(const StopEvent& e) override {
    clear();
    if (e.reason != StopEvent::Reason::diverged) say(stop_line(e) + "\n");  // that is an error, and main's to print
  }

 private:
  void clear() {
    if (dirty_) say("\r\x1b[K");
    dirty_ = false;
  }

  bool live_, colour_, dirty_ = false;
  Clock::time_point drawn_ = Clock::now();
};

class SilentObserver final : public Observer {};

}  // namespace

std::unique_ptr<Observer> console_observer(ProgressStyle style) {
  if (style == ProgressStyle::none) return std::make_unique<SilentObserver>();
  const bool live = style == ProgressStyle::bar || (style == ProgressStyle::automatic && ::isatty(STDERR_FILENO) == 1);
  return std::make_unique<ConsoleObserver>(live);
}

}  // namespace cnnctl
