// Names of classes in the configuration and in files of lines.
#include "data/class_names.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "config/yaml.hpp"
#include "configure.hpp"
#include "data/dataset.hpp"
#include "data/make_files.hpp"

namespace cnnctl {

using testing::configure;
using testing::message_of;
using testing::TemporaryFolder;

TEST_SUITE("data") {
  TEST_CASE("class names: a file has one a line; what is wrong with it has its line") {
    const TemporaryFolder folder;
    const auto read = [&](std::string_view text) { return read_class_names(folder.write("names", text)); };
    CHECK(read("T-shirt/top\r\n ankle boot \nbag\n\n\n") ==
          std::vector<std::string>{"T-shirt/top", "ankle boot", "bag"});
    CHECK(read("one") == std::vector<std::string>{"one"});
    const auto complaint = [&](std::string_view text) { return message_of<DataError>([&] { read(text); }); };
    const std::string names = folder / "names";
    CHECK(complaint("a\n\nb\n") == names + ":2: error: the line is empty, where the name of a class is expected");
    CHECK(complaint("a\nb\na\n") == names + ":3: error: the class name 'a' is there twice");
    CHECK(complaint("a\nb\x01\n").starts_with(names + ":2: error: the class name 'b\\x01' cannot be used"));
    CHECK(complaint(" \n") == names + ": error: holds no names of classes");
    CHECK(message_of<DataError>([&] { read_class_names(folder / "none"); }) ==
          folder / "none: error: there is no such file");
  }

  TEST_CASE("class names: a list or a file in the configuration, which is written back as a list") {
    const TemporaryFolder folder;
    folder.write("train-images-idx3-ubyte", testing::idx({2, 1, 1}, "ab"));
    folder.write("train-labels-idx1-ubyte", testing::idx({2}, std::string_view("\1\0", 2)));
    folder.write("names", "no\nyes\n");
    const auto names_with = [&](const std::string& names) {
      const Choice<Dataset> dataset =
          configure(datasets(), "idx", "{path: \"" + folder.path() + "\", class_names: " + names + "}");
      CHECK(write_yaml(write_fields(*dataset)).find("class_names: [\"no\", \"yes\"]") != std::string::npos);
      return dataset->open(Split::train, Workers(1))->spec().class_names;
    };
    CHECK(names_with("[\"no\", \"yes\"]") == std::vector<std::string>{"no", "yes"});
    CHECK(names_with("\"" + (folder / "names") + "\"") == std::vector<std::string>{"no", "yes"});
    const auto complaint = [&](const std::string& names) {
      return message_of<ConfigError>([&] { names_with(names); });
    };
    CHECK(complaint("[]").find("class_names must not be empty") != std::string::npos);
    CHECK(complaint("[a, b, a]").find("class_names has 'a' twice") != std::string::npos);
    folder.write("names", "no\nno\n");
    CHECK(complaint("\"" + (folder / "names") + "\"").find("names:2: error: the class name 'no' is there twice") !=
          std::string::npos);
  }

  TEST_CASE("class names: of CIFAR they are as many as its classes") {
    const TemporaryFolder folder;
    folder.write("data_batch_1.bin", std::string(3073, '\1'));
    const auto open = [&](const std::string& more) {
      return configure(datasets(), "cifar", "{path: \"" + folder.path() + "\"" + more + "}")
          ->open(Split::train, Workers(1))
          ->spec()
          .class_names;
    };
    CHECK(open("")[9] == "9");
    CHECK(open(", class_names: [a, b, c, d, e, f, g, h, i, truck]")[9] == "truck");
    CHECK(message_of<DataError>([&] { open(", class_names: [a, b]"); }) ==
          folder.path() + ": error: has 10 classes, but data.class_names has 2 names");
  }
}

}  // namespace cnnctl
