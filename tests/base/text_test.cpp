#include "base/text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>

namespace cnnctl {
namespace {

constexpr std::array<std::string_view, 6> kWords = {"conv2d",       "max_pool2d", "kernel_size",
                                                    "out_channels", "relu",       "leaky_relu"};

std::string_view hint(std::string_view word) { return nearest(word, kWords).value_or("-"); }

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("text: the nearest word mends a slip of the pen") {
    CHECK(hint("cov2d") == "conv2d");    // a letter left out
    CHECK(hint("convv2d") == "conv2d");  // one too many
    CHECK(hint("cnov2d") == "conv2d");   // two swapped
    CHECK(hint("CONV2D") == "conv2d");   // capitals
    CHECK(hint("conv3d") == "conv2d");   // a wrong one
    CHECK(hint("kernelsize") == "kernel_size");
    CHECK(hint("max_pool") == "max_pool2d");  // the beginning of one
    CHECK(hint("relu") == "relu");
  }

  TEST_CASE("text: no word is offered where none is near") {
    CHECK(hint("") == "-");
    CHECK(hint("x") == "-");
    CHECK(hint("optimizer") == "-");
    CHECK(hint("ma") == "-");  // too short for a beginning
    CHECK(!nearest("conv2d", {}).has_value());
  }

  TEST_CASE("text: of equals the first is offered") {
    constexpr std::array<std::string_view, 2> kTwins = {"abce", "abcf"};
    CHECK(nearest("abcd", kTwins) == "abce");
  }

  TEST_CASE("text: the hint is a whole phrase or nothing") {
    CHECK(did_you_mean("kernal_size", kWords) == " (did you mean 'kernel_size'?)");
    CHECK(did_you_mean("zzzzzz", kWords).empty());
  }

  TEST_CASE("text: bytes with three digits") {
    CHECK(human_bytes(0) == "0 B");
    CHECK(human_bytes(512) == "512 B");
    CHECK(human_bytes(1023) == "1023 B");
    CHECK(human_bytes(1024) == "1.00 KiB");
    CHECK(human_bytes(1536) == "1.50 KiB");
    CHECK(human_bytes(12897485) == "12.3 MiB");
    CHECK(human_bytes(std::uint64_t{1} << 30) == "1.00 GiB");
    CHECK(human_bytes((std::uint64_t{1} << 30) - 1) == "1.00 GiB");  // never "1024 MiB"
    CHECK(human_bytes(std::uint64_t{5} << 50) == "5120 TiB");
  }

  TEST_CASE("text: counts with three digits") {
    CHECK(human_count(950) == "950");
    CHECK(human_count(61706) == "61.7 K");
    CHECK(human_count(999999) == "1.00 M");
    CHECK(human_count(11689512) == "11.7 M");
    CHECK(human_count(1819000000) == "1.82 G");
  }

  TEST_CASE("text: bytes exactly, there and back") {
    for (const auto& [bytes, text] :
         std::vector<std::pair<std::uint64_t, std::string>>{{0, "0"},
                                                            {1000, "1000"},
                                                            {1024, "1KiB"},
                                                            {1536, "1536"},
                                                            {64u << 20, "64MiB"},
                                                            {(64u << 20) + 1, "67108865"},
                                                            {std::uint64_t{3} << 40, "3TiB"}}) {
      CHECK(exact_bytes(bytes) == text);
      CHECK(bytes_from(text) == bytes);
    }
    CHECK(bytes_from("1.5KiB") == 1536);
    CHECK(bytes_from("64 MiB") == 64u << 20);
    CHECK(bytes_from("7B") == 7);
    for (const char* const wrong :
         {"", "MiB", "-1", "1.5", "0.3KiB", "1e3", "64MB", "64mib", "1KiB2", "nan", "inf", "9000000TiB", "1 2"})
      CHECK_MESSAGE(bytes_from(wrong) == std::nullopt, wrong);
  }

  TEST_CASE("text: durations") {
    CHECK(human_seconds(0) == "0.0s");
    CHECK(human_seconds(8.24) == "8.2s");
    CHECK(human_seconds(42.4) == "42s");
    CHECK(human_seconds(59.7) == "1m00s");
    CHECK(human_seconds(192) == "3m12s");
    CHECK(human_seconds(3599.6) == "1h00m");
    CHECK(human_seconds(3840) == "1h04m");
    CHECK(human_seconds(360000) == "100h00m");
  }

  TEST_CASE("text: thousands") {
    CHECK(with_commas(0) == "0");
    CHECK(with_commas(999) == "999");
    CHECK(with_commas(1000) == "1,000");
    CHECK(with_commas(-1234567) == "-1,234,567");
    CHECK(with_commas(-999) == "-999");
    CHECK(with_commas(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
  }

  TEST_CASE("text: one of a thing and many") {
    CHECK(counted(0, "epoch") == "0 epochs");
    CHECK(counted(1, "epoch") == "1 epoch");
    CHECK(counted(1200, "step") == "1,200 steps");
  }

  TEST_CASE("text: hexadecimal digits and lists") {
    CHECK(hex(0) == "0000000000000000");
    CHECK(hex(0xDEADBEEFu) == "00000000deadbeef");
    CHECK(join({}) == "");
    CHECK(join(kWords, "|") == "conv2d|max_pool2d|kernel_size|out_channels|relu|leaky_relu");
    constexpr std::array<std::string_view, 2> kTwo = {"a", "b"};
    CHECK(join(kTwo) == "a, b");
  }
}
}  // namespace cnnctl
