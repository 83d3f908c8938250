// What people give for weights: each is named for what it is.
#include "checkpoint/foreign.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/raw_file.hpp"

namespace cnnctl {

using namespace std::literals;

TEST_SUITE("checkpoint") {
  TEST_CASE("files that are no safetensors are named for what they are") {
    const std::pair<std::string, std::string> cases[] = {
        {"PK\x03\x04\0\0\x08\0archive/data.pkl"s, "is a zip archive, as PyTorch writes"},
        {"\x80\x02\x8a\nl\xfc\x9c"s, "is a pickle, as older PyTorch writes"},
        {"\x80\x04\x95"s, "is a pickle"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n", "is a git-lfs pointer"},
        {"<!DOCTYPE html>\n<html>", "is a web page"},
        {"\n  <html lang=\"en\">", "is a web page"},
        {"\x08\x07\x12\x07pytorch\x1a\x05"
         "1.13.0:\xd8"s,
         "is an ONNX file"},
        {"\x89HDF\r\n\x1a\n"s, "is an HDF5 file"},
        {"\x93NUMPY\x01\0"s, "is an array of NumPy"},
        {"name: lenet\nseed: 42\ndata:\n  format: idx\n", "is a text file, such as a configuration"}};
    const testing::TemporaryFolder folder;
    for (const auto& [content, beginning] : cases) {
      const std::string path = folder.write("weights.safetensors", content);
      const std::string message = testing::message_of<CheckpointError>([&] { inspect(path); });
      CHECK_MESSAGE(message.starts_with(path + ": error: " + beginning), message);
    }
  }

  TEST_CASE("a file that is given for a configuration is named for what it is, and what to do is said") {
    const std::pair<std::string, std::string> cases[] = {
        {"PK\x03\x04\0\0\x08\0archive/data.pkl"s,
         "is a zip archive, as PyTorch writes (.pt, .pth), not a configuration"},
        {"\x80\x02\x8a\nl\xfc\x9c"s, "is a pickle, as older PyTorch writes (.pt, .pth), not a configuration"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n", "run `git lfs pull`"},
        {"<!DOCTYPE html>\n<html>", "is a web page, not a configuration: the download went wrong"},
        {"\x08\x07\x12\x07pytorch\x1a\x05"
         "1.13.0:\xd8"s,
         "is an ONNX file, not a configuration"},
        {"\xff\xd8\xff\xe0"s, "is a JPEG picture, not a configuration: `cnnctl infer RUN FILE`"},
        {"\x89PNG\r\n\x1a\n"s, "is a PNG picture"},
        {"\x93NUMPY\x01\0"s, "is an array of NumPy (.npy), not a configuration"},
        {testing::raw_file("{}"), "is a file of weights (safetensors), not a configuration"}};
    for (const auto& [content, words] : cases) {
      const std::optional<std::string> message = in_place_of_configuration(content);
      REQUIRE(message.has_value());
      CHECK_MESSAGE(message->find(words) != std::string::npos, *message);
    }
    CHECK_FALSE(in_place_of_configuration("name: lenet\nseed: 42\ndata:\n  format: idx\n").has_value());
    CHECK_FALSE(in_place_of_configuration("").has_value());
  }

  TEST_CASE("what may be safetensors is left to their reader") {
    CHECK_FALSE(in_place_of_weights(testing::raw_file("{}")).has_value());
    CHECK_FALSE(in_place_of_weights(testing::raw_file(std::string(0x3c68, ' '))).has_value());
    CHECK_FALSE(in_place_of_weights("").has_value());
    CHECK_FALSE(in_place_of_weights("\x08\0\0\0\0\0\0\0{}      "s).has_value());  // a header of 8 bytes is no ONNX
  }
}

}  // namespace cnnctl
