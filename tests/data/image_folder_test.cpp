#include <doctest/doctest.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "configure.hpp"
#include "data/contents.hpp"
#include "data/dataset.hpp"
#include "data/make_files.hpp"
#include "data/open.hpp"
#include "data/renamed.hpp"

using cnnctl::testing::configure;
using cnnctl::testing::Contents;
using cnnctl::testing::contents_of;
using cnnctl::testing::jpeg;
using cnnctl::testing::message_of;
using cnnctl::testing::plain_png;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

Contents load(const TemporaryFolder& folder, Split split = Split::train, const std::string& more = "",
              const Opening& opening = {}, int workers = 2) {
  const std::string yaml = "{path: \"" + folder.path() + "\"" + more + "}";
  return contents_of(*open_samples(*configure(datasets(), "image_folder", yaml), split, opening, Workers(workers)));
}

std::string complaint(const TemporaryFolder& folder, Split split = Split::train, const std::string& more = "") {
  return message_of<DataError>([&] { load(folder, split, more); });
}

/// A picture of one grey level.
std::string grey(int level, std::uint32_t width = 2, std::uint32_t height = 1) {
  return plain_png(width, height, level, level, level);
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("image_folder: classes and files in natural order, at any depth, by content and not by name") {
    const TemporaryFolder folder;
    folder.write("train/class10/a.png", grey(4));
    folder.write("train/class2/10.png", grey(3));
    folder.write("train/class2/9.JPG", grey(2));
    folder.write("train/class2/0/deep.bmp", grey(1));
    folder.write("train/class2/.hidden.png", "nothing");
    folder.write("train/class2/readme.txt", "nothing");
    folder.write("train/stray.png", grey(9));
    folder.write("val/class10/x.png", grey(5));
    const Contents train = load(folder);
    CHECK(train.class_names == std::vector<std::string>{"class2", "class10"});
    CHECK(train.labels == std::vector<std::int32_t>{0, 0, 0, 1});
    CHECK(train.shape == Shape{3, 1, 2});
    for (std::size_t i = 0; i < 4; ++i) CHECK(train.pixels[i * 6] == i + 1);
    CHECK(train.warnings ==
          std::vector<std::string>{(folder / "train") + ": left out: 1 hidden file, 1 other file, 1 stray file"});
    const Contents validation = load(folder, Split::validation);
    CHECK(validation.labels == std::vector<std::int32_t>{0});
    CHECK(validation.class_names == std::vector<std::string>{"class10"});
    CHECK(load(folder, Split::train, ", channels: 1").pixels == std::vector<std::uint8_t>{1, 1, 2, 2, 3, 3, 4, 4});
  }

  TEST_CASE("image_folder: a file without a known ending is what its content is; others are told by kind") {
    const TemporaryFolder folder;
    folder.write("train/a/1.jfif", jpeg(2, 1, 1, {7, 7}));
    folder.write("train/a/2", grey(8));
    folder.write("train/a/3.jpg", grey(9));
    folder.write("train/a/4.webp", std::string("RIFF\x10\0\0\0WEBPVP8 ", 16));
    folder.write("train/a/5.gif", "GIF89a......");
    folder.write("train/a/6.GIF", "GIF87a......");
    folder.write("train/a/7.tif", std::string("II*\0........", 12));
    folder.write("train/a/8.heic", std::string("\0\0\0\x18"
                                               "ftypheic",
                                               12));
    folder.write("train/a/BMI.txt", "BMI of all patients");
    const Contents train = load(folder, Split::train, ", channels: 1");
    CHECK(train.pixels == std::vector<std::uint8_t>{7, 7, 8, 8, 9, 9});
    CHECK(train.warnings == std::vector<std::string>{(folder / "train") +
                                                     ": left out: 2 GIF pictures, 1 HEIF, AVIF or video file, 1 TIFF "
                                                     "picture, 1 WebP picture, 1 other file"});
    folder.write("train/b/1.webp", std::string("RIFF\x10\0\0\0WEBPVP8 ", 16));
    CHECK(complaint(folder).starts_with((folder / "train/b") +
                                        ": error: holds no JPEG, PNG or BMP pictures (left out: "));
  }

  TEST_CASE("image_folder: pictures must agree in size, or are scaled to one") {
    const TemporaryFolder folder;
    folder.write("train/a/1.png", grey(7));
    folder.write("train/b/1.png", grey(8, 5, 3));
    CHECK(complaint(folder) ==
          (folder / "train/b/1.png") +
              ": error: is 3x5 (height x width), the first picture 1x2; set data.size to scale all "
              "to one size");
    const Contents scaled = load(folder, Split::train, ", channels: 1", {.size = Opening::Size{2, 4}});
    CHECK(scaled.shape == Shape{1, 2, 4});
    CHECK(scaled.pixels[0] == 7);
    CHECK(scaled.pixels[8] == 8);
  }

  TEST_CASE("image_folder: the first damaged picture is named; or damaged ones are left out and told of") {
    const TemporaryFolder folder;
    const std::string cut = grey(0).substr(0, 40);
    for (int i = 0; i < 20; ++i) folder.write("train/a/" + std::to_string(i) + ".png", i % 5 == 3 ? cut : grey(i));
    const std::string first = (folder / "train/a/3.png") + ": error: incomplete PNG: ends at byte 40";
    for (int repeat = 0; repeat < 5; ++repeat) CHECK(complaint(folder) == first);
    for (const auto& [workers, cache] : {std::pair(1, 0u), {2, 100u}, {3, 1000u}, {8, 0u}}) {
      const Contents good = load(folder, Split::train, ", on_bad_sample: skip, channels: 1", {.cache = cache}, workers);
      CHECK(good.count == 16);
      CHECK(good.labels.size() == 16);
      CHECK(good.pixels.size() == 32);
      CHECK(good.pixels[30] == 19);
      CHECK(good.warnings.size() == 4);
      CHECK(good.warnings[0] == first + " (left out)");
    }
    folder.write("train/b/1.png", cut);
    folder.write("train/b/2.png", cut);
    CHECK(complaint(folder, Split::train, ", on_bad_sample: skip") ==
          (folder / "train/b/1.png") + ": error: cannot be read, and class 'b' has no other sample that can");
    folder.write("train/b/2.png", grey(1));
    CHECK(load(folder, Split::train, ", on_bad_sample: skip").count == 17);
    const TemporaryFolder bad;
    bad.write("train/a/1.png", cut);
    CHECK(complaint(bad, Split::train, ", on_bad_sample: skip") == bad.path() + ": error: holds damaged pictures only");
  }

  TEST_CASE("image_folder: a link that leads to itself is named, among classes and among pictures") {
    for (const char* link : {"train/loop", "train/a/loop.png"}) {
      const TemporaryFolder folder;
      folder.write("train/a/1.png", grey(1));
      std::filesystem::create_symlink(folder / link, folder / link);
      CHECK(complaint(folder) == (folder / link) + ": error: cannot be looked at: Too many levels of symbolic links");
    }
  }

  TEST_CASE("image_folder: missing and empty folders, and classes that training does not know") {
    const TemporaryFolder folder;
    CHECK(complaint(folder) == folder.path() + ": error: has no folder 'train' and consists of no class folders");
    std::filesystem::create_directories(folder / "train");
    CHECK(complaint(folder) == (folder / "train") + ": error: holds no class folders");
    std::filesystem::create_directories(folder / "train/a");
    CHECK(complaint(folder) == (folder / "train/a") + ": error: holds no JPEG, PNG or BMP pictures");
    folder.write("train/a/1.png", grey(1));
    folder.write(
        "train/\xff"
        "b/1.png",
        grey(1));
    CHECK(complaint(folder) ==
          (folder / "train") + ": error: the class name '\\xffb' cannot be used: byte 0 (0xff) is not UTF-8");
    std::filesystem::remove_all(folder /
                                "train/\xff"
                                "b");
    CHECK(complaint(folder, Split::test) == folder.path() + ": error: has no folder 'test'");
    CHECK(complaint(folder, Split::validation) == folder.path() + ": error: has no folder val, valid, validation, dev");
    folder.write("test/b/1.png", grey(1));
    const auto dataset = configure(datasets(), "image_folder", "{path: \"" + folder.path() + "\"}");
    CHECK(message_of<DataError>([&] { match_classes(dataset->open(Split::test, Workers(1)), {"a"}, "somewhere"); }) ==
          (folder / "test/b/1.png") +
              ": error: the data has a class 'b' that the model was not trained on; its classes are a");
    CHECK(complaint(folder, Split::test, ", test: other") == folder.path() + ": error: has no folder 'other'");
    const std::string message = message_of<DataError>(
        [] { configure(datasets(), "image_folder", "{path: /nowhere/at/all}")->open(Split::train, Workers(1)); });
    CHECK(message == "/nowhere/at/all: error: there is no such folder");
  }
}
}  // namespace cnnctl
