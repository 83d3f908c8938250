// A process that saves again and again is killed at random moments: the file is whole every time.
#include <doctest/doctest.h>
#include <time.h>

#include <algorithm>

#include "base/child.hpp"
#include "base/file.hpp"
#include "base/rng.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"

using cnnctl::testing::bytes_of;
using cnnctl::testing::Child;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// A file whose every value is `round`.
void save_round(const std::string& path, float round) {
  const std::string values = bytes_of(std::vector<float>(20000, round));
  write_safetensors(path, {{"round", std::to_string(round)}}, {{"w", "F32", {20000}, values}});
}

/// The round of a whole file; checks that it is whole.
float round_of(const std::string& path) {
  const Safetensors file = Safetensors::open(path);
  const std::vector<double> values = file.doubles(*file.find("w"));
  REQUIRE(std::all_of(values.begin(), values.end(), [&](double value) { return value == values[0]; }));
  return static_cast<float>(values[0]);
}

void sleep_microseconds(std::uint32_t microseconds) {
  const timespec pause{0, static_cast<long>(microseconds) * 1000};
  nanosleep(&pause, nullptr);
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("kill: thirty times in the middle of saving, and a valid file is there each time") {
    const TemporaryFolder folder;
    const std::string path = folder / "last.safetensors";
    float round = 0;
    save_round(path, round);
    Rng rng(3, Purpose::synthetic);
    for (int i = 0; i < 30; ++i) {
      Child child([&] {
        for (float next = round + 1;; ++next) save_round(path, next);
        return 0;
      });
      sleep_microseconds(500 + rng.below(15000));
      child.kill(SIGKILL);
      REQUIRE(child.wait() == 128 + SIGKILL);
      const float found = round_of(path);
      CHECK(found >= round);
      round = found;
    }
    CHECK(round > 0);  // some saves came through
    remove_temporaries(folder.path());
    CHECK(list_folder(folder.path()) == std::vector<std::string>{"last.safetensors"});
  }
}
}  // namespace cnnctl
