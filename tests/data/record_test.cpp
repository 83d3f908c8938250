#include "data/record.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "configure.hpp"
#include "data/contents.hpp"
#include "data/dataset.hpp"
#include "data/make_files.hpp"
#include "data/open.hpp"

namespace cnnctl::testing {
namespace {

std::unique_ptr<Samples> open(const TemporaryFolder& folder, std::uint64_t cache = 0, const std::string& more = "") {
  const std::string yaml = "{path: \"" + folder.path() + "\"" + more + "}";
  return open_samples(*configure(datasets(), "image_folder", yaml), Split::train, {.cache = cache}, Workers(2));
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("a record knows sizes at first, and contents of what was read, through every wrapping") {
    const TemporaryFolder folder;
    for (int i = 0; i < 4; ++i) folder.write("train/a/" + std::to_string(i) + ".png", plain_png(2, 2, i, i, i));
    folder.write("train/a/bad.png", "\x89PNG\r\n\x1a\n");
    for (const std::uint64_t cache : {0u, 1000u}) {
      const auto samples = open(folder, cache);
      SetRecord record = record_of(*samples);
      CHECK(record.keys == std::string("a/0.png\0a/1.png\0a/2.png\0a/3.png\0a/bad.png\0", 42));
      CHECK(record.marks[0] == Mark::of_size(std::filesystem::file_size(folder / "train/a/0.png")));
      Sample sample;
      samples->read(2, sample);
      note_contents(record, *samples, first(4));
      CHECK(record.marks[2].is_of_contents());
      CHECK_FALSE(record.marks[1].is_of_contents());
      CHECK(samples->contents(2) == record.marks[2]);
      CHECK(samples->contents(1) != record.marks[2]);
      CHECK(samples->mark(1) == samples->contents(1));
      const auto good = open(folder, cache, ", on_bad_sample: skip");
      CHECK(good->count() == 4);
      CHECK(good->key(3) == "a/3.png");
      CHECK(good->mark(2) == record.marks[2]);
    }
  }

  TEST_CASE("a picture that changes while a run reads it again is an error") {
    const TemporaryFolder folder;
    folder.write("train/a/0.png", plain_png(2, 2, 1, 1, 1));
    const auto samples = open(folder);
    Sample sample;
    samples->read(0, sample);
    samples->read(0, sample);
    folder.write("train/a/0.png", plain_png(2, 2, 1, 1, 2));
    CHECK(message_of<DataError>([&] { samples->read(0, sample); }) ==
          (folder / "train/a/0.png") + ": error: has other contents than when it was first read");
  }

  TEST_CASE("of samples in memory every bit counts, of pictures and of classes") {
    const auto samples = samples_of({1, 1, 2}, {1, 2, 3, 4}, {0, 1}, 2);
    const SetRecord record = record_of(*samples);
    CHECK(record.keys.empty());
    CHECK(record.marks[0].is_of_contents());
    CHECK(contents_difference(record, *samples, Workers(2)).empty());
    CHECK(contents_difference(record, *samples_of({1, 1, 2}, {1, 2, 3, 5}, {0, 1}, 2), Workers(2)) ==
          "1 sample has other contents: sample 1");
    CHECK(contents_difference(record, *samples_of({1, 1, 2}, {1, 2, 3, 4}, {1, 1}, 2), Workers(2)) ==
          "1 sample has other contents: sample 0");
    CHECK(listing_difference(record, *samples_of({1, 1, 2}, {1, 2}, {0}, 2)) ==
          "1 sample fewer than when the run began (2 then, 1 now)");
  }

  TEST_CASE("many names are cut short, their number is not") {
    const auto before = numbered_samples(9, {1, 1, 1}),
               now = samples_of({1, 1, 1}, std::vector<std::uint8_t>(9, 200), std::vector<std::int32_t>(9, 0), 10);
    CHECK(contents_difference(record_of(*before), *now, Workers(3)) ==
          "9 samples have other contents: sample 0, sample 1, sample 2, sample 3, sample 4 ...");
  }

  TEST_CASE("class names: renamed, gone, new, in another order") {
    const auto samples = numbered_samples(4, {1, 1, 1}, 2);
    const SetRecord record = record_of(*samples);
    const auto told = [&](const std::vector<std::string>& before, const std::vector<std::string>& now) {
      return class_difference(before, now, record, *samples);
    };
    CHECK(told({"a", "b"}, {"a", "b"}).empty());
    CHECK(told({"a", "b"}, {"a", "c"}) == "class names differ: 'b' was renamed 'c'");
    CHECK(told({"a", "b"}, {"b", "a"}) == "the classes are in another order: b, a");
    CHECK(told({"a", "b", "c"}, {"a"}) == "class names differ: gone 'b', 'c'");
    CHECK(told({"a", "b"}, {"b", "z"}) == "class names differ: gone 'a', new 'z'");
  }
}

}  // namespace cnnctl::testing
