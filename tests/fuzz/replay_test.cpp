// The stored corpus of the fuzz targets, as it is and mutated a little, with the ordinary compiler. good-* is read to
// the end, bad-* is refused; what was once found by fuzzing, found-*, is either.
#include <doctest/doctest.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/rng.hpp"
#include "fuzz/target.hpp"
#include "paths.hpp"

namespace cnnctl {
namespace {

std::string folder_of(const fuzz::Target& target) {
  return testing::kSourceFolder + "/tests/fuzz/corpus/" + std::string(target.name);
}

/// A few bytes changed, taken out or doubled; the same ones in every run.
std::string mutant_of(std::string bytes, std::uint64_t number) {
  Rng rng(5, Purpose::synthetic, number);
  for (std::uint32_t left = 1 + rng.below(4); left > 0 && !bytes.empty(); --left) {
    const std::size_t at = rng.below(static_cast<std::uint32_t>(bytes.size())), some = 1 + rng.below(8);
    switch (rng.below(4)) {
      case 0:
        bytes.erase(at, some);
        break;
      case 1:
        bytes.insert(at, bytes.substr(at, some));
        break;
      default:
        bytes[at] = static_cast<char>(rng.below(256));
    }
  }
  return bytes;
}

void read_mutants(const fuzz::Target& target, const std::string& name, const std::string& bytes) {
  constexpr std::uint64_t kMutants = 60;
  for (std::uint64_t i = 0; i < kMutants; ++i) {
    std::string mutant = mutant_of(bytes, i);
    if (target.mend != nullptr && i % 4 != 0) target.mend(mutant);
    CHECK_NOTHROW_MESSAGE(target.read(mutant), target.name << ": mutant " << i << " of " << name);
  }
}

}  // namespace

TEST_SUITE("fuzz") {
  TEST_CASE("fuzz: the stored corpus is read or refused as its names say, and its mutants do no harm") {
    for (const fuzz::Target* target : fuzz::targets()) {
      CAPTURE(target->name);
      int good = 0, bad = 0;
      for (const std::string& name : list_folder(folder_of(*target))) {
        const std::string bytes = read_file(folder_of(*target) + "/" + name);
        bool is_read = false;
        CHECK_NOTHROW_MESSAGE(is_read = target->read(bytes), name);
        good += name.starts_with("good-");
        bad += name.starts_with("bad-");
        if (name.starts_with("good-")) CHECK_MESSAGE(is_read, name);
        if (name.starts_with("bad-")) CHECK_MESSAGE(!is_read, name);
        read_mutants(*target, name, bytes);
      }
      CHECK(good >= 2);
      CHECK(bad >= 2);
    }
  }

  TEST_CASE("fuzz: mending makes the checksums of whole files what they are, and those of changed files fit") {
    for (const fuzz::Target* target : fuzz::targets()) {
      if (target->mend == nullptr) continue;
      CAPTURE(target->name);
      int past = 0;
      for (const std::string& name : list_folder(folder_of(*target))) {
        if (!name.starts_with("good-")) continue;
        const std::string bytes = read_file(folder_of(*target) + "/" + name);
        std::string mended = bytes;
        target->mend(mended);
        CHECK_MESSAGE(mended == bytes, name);
        for (std::size_t at = 0; at < bytes.size(); ++at) {
          std::string changed = bytes;
          changed[at] = static_cast<char>(changed[at] ^ 1);
          mended = changed;
          target->mend(mended);
          past += mended != changed && !target->read(changed) && target->read(mended);
        }
      }
      CHECK(past > 10);
    }
  }
}

}  // namespace cnnctl
