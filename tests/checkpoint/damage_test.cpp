// Whatever happens to the bytes of a checkpoint, it is refused or says the same as before.
#include <doctest/doctest.h>

#include "base/file.hpp"
#include "base/rng.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"

using cnnctl::testing::bytes_of;
using cnnctl::testing::content_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// A checkpoint in small: two tensors, metadata as save_model writes it.
std::string small_checkpoint() {
  const TemporaryFolder folder;
  const std::string weight = bytes_of<float>({1, 2, 3, 4, 5, 6}), bias = bytes_of<float>({0.5f, -0.5f});
  write_safetensors(folder / "f", {{"format", "pt"}, {"cnnctl.format", "1"}, {"cnnctl.config", "name: x\n"}},
                    {{"fc.weight", "F32", {2, 3}, weight}, {"fc.bias", "F32", {2}, bias}});
  return read_file(folder / "f");
}

/// Counts the damaged files that were taken for sound although they say something else.
struct Damage {
  explicit Damage(std::string sound)
      : sound_(std::move(sound)), content_(content_of(Safetensors::from_bytes(sound_, "x"))) {}

  void try_bytes(const std::string& bytes) {
    ++cases;
    try {
      if (content_of(Safetensors::from_bytes(bytes, "x")) != content_) ++taken;
    } catch (const CheckpointError&) {
      ++refused;
    }
  }
  void try_byte(std::size_t position, char value) {
    if (sound_[position] == value) return;
    std::string bytes = sound_;
    bytes[position] = value;
    try_bytes(bytes);
  }

  const std::string& sound() const { return sound_; }
  int cases = 0, refused = 0, taken = 0;

 private:
  std::string sound_, content_;
};

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("damage: every bit of every byte, and bytes that mean something to JSON") {
    Damage damage(small_checkpoint());
    for (std::size_t i = 0; i < damage.sound().size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) damage.try_byte(i, static_cast<char>(damage.sound()[i] ^ (1 << bit)));
      for (const char value : {'\0', ' ', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '9', '-', '.', 'e', '\xFF'})
        damage.try_byte(i, value);
    }
    CHECK(damage.cases > 6000);
    CHECK(damage.taken == 0);
    CHECK(damage.refused > damage.cases - 20);  // nearly all: two spellings of a blank may mean the same
  }

  TEST_CASE("damage: every truncation, and bytes behind the end") {
    Damage damage(small_checkpoint());
    for (std::size_t size = 0; size < damage.sound().size(); ++size) damage.try_bytes(damage.sound().substr(0, size));
    for (std::size_t more = 1; more < 20; ++more) damage.try_bytes(damage.sound() + std::string(more, '\0'));
    CHECK(damage.refused == damage.cases);
  }

  TEST_CASE("damage: every length of the header") {
    Damage damage(small_checkpoint());
    for (std::uint64_t length = 0; length < 2000; ++length) {
      const std::string bytes = cnnctl::testing::length_bytes(length) + damage.sound().substr(8);
      if (bytes != damage.sound()) damage.try_bytes(bytes);
    }
    CHECK(damage.refused == damage.cases);
  }

  TEST_CASE("damage: parts removed, doubled and exchanged at random") {
    Damage damage(small_checkpoint());
    const auto size = static_cast<std::uint32_t>(damage.sound().size());
    Rng rng(1, Purpose::synthetic);
    for (int i = 0; i < 3000; ++i) {
      std::string bytes = damage.sound();
      const std::uint32_t at = rng.below(size), length = 1 + rng.below(40), to = rng.below(size);
      const std::string part = bytes.substr(at, length);
      if (i % 3 != 0) bytes.erase(at, length);
      if (i % 3 != 1) bytes.insert(std::min<std::size_t>(to, bytes.size()), part);
      if (bytes != damage.sound()) damage.try_bytes(bytes);
    }
    CHECK(damage.cases > 2500);
    CHECK(damage.taken == 0);
  }
}
}  // namespace cnnctl
