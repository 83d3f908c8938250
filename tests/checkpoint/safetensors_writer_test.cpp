#include <doctest/doctest.h>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"

using cnnctl::testing::bytes_of;
using cnnctl::testing::content_of;
using cnnctl::testing::message_of;
using cnnctl::testing::raw_file;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
TEST_SUITE("checkpoint") {
  TEST_CASE("safetensors writer: what was written is read, bit by bit") {
    const TemporaryFolder folder;
    std::vector<std::uint32_t> patterns;  // NaNs with payload, infinities, denormals, both zeros
    for (std::uint32_t i = 0; i < 4096; ++i) patterns.push_back(i * 0x00100401u);
    const std::string floats = bytes_of(patterns), scalar = bytes_of<double>({0.1}), small = "\x01\x02\x03";
    const Metadata metadata = {{"format", "pt"}, {"text", "line\n\"quoted\" \xC3\xA4 \\ \x01"}, {"empty", ""}};
    write_safetensors(folder / "f", metadata,
                      {{"b.weight", "F32", {2, 8, 16, 16}, floats},
                       {"a", "F64", {}, scalar},
                       {"empty", "F32", {0, 4}, ""},
                       {"n\"\xC3\xA4", "U8", {3}, small}});
    const Safetensors file = Safetensors::open(folder / "f");
    CHECK(file.tensors().size() == 4);
    CHECK(file.bytes(*file.find("b.weight")) == floats);
    CHECK(file.find("b.weight")->shape == std::vector<std::int64_t>{2, 8, 16, 16});
    CHECK(file.bytes(*file.find("a")) == scalar);
    CHECK(file.bytes(*file.find("n\"\xC3\xA4")) == small);
    CHECK(file.find("empty")->count() == 0);
    Metadata read = file.metadata();
    CHECK(read.erase(std::string(kChecksumKey)) == 1);
    CHECK(read == metadata);
  }

  TEST_CASE("safetensors writer: the bytes are canonical") {
    const TemporaryFolder folder;
    const std::string two = bytes_of<float>({1, 2}), one = bytes_of<double>({3}), byte = "\x07";
    const TensorToWrite a{"a", "F32", {2}, two}, b{"b", "F64", {1}, one}, c{"c", "U8", {1}, byte};
    write_safetensors(folder / "f", {{"k", "v"}}, {a, b, c});
    write_safetensors(folder / "g", {{"k", "v"}}, {c, b, a});
    const std::string content = read_file(folder / "f");
    CHECK(read_file(folder / "g") == content);
    const std::string header = R"({"__metadata__":{"cnnctl.checksum":"f83ee03ee9e11cbd","k":"v"},)"
                               R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
                               R"("b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
                               R"("c":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}})";
    CHECK(content == raw_file(header + std::string((8 - header.size() % 8) % 8, ' '), one + two + byte));
  }

  TEST_CASE("safetensors writer: tensors that are read piece by piece give the same file") {
    const TemporaryFolder folder;
    std::vector<float> values(700001);  // more than two pieces, and the last one odd
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    const std::string bytes = bytes_of(values);
    const std::int64_t count = static_cast<std::int64_t>(values.size());
    const auto read = [&](std::uint64_t first, std::span<char> room) { bytes.copy(room.data(), room.size(), first); };
    write_safetensors(folder / "f", {}, {{"a", "F32", {count}, bytes}, {"b", "F32", {0}, ""}, {"c", "U8", {1}, "c"}});
    write_safetensors(folder / "g", {},
                      {{"a", "F32", {count}, {}, read}, {"b", "F32", {0}, {}, read}, {"c", "U8", {1}, "c"}});
    CHECK(read_file(folder / "f") == read_file(folder / "g"));
    const Safetensors file = Safetensors::open(folder / "g");  // the checksum holds, too
    CHECK(file.bytes(*file.find("a")) == bytes);
  }

  TEST_CASE("safetensors writer: another program's spelling of the same content still verifies") {
    const TemporaryFolder folder;
    const std::string value = bytes_of<float>({5});
    write_safetensors(folder / "f", {{"k", "v"}}, {{"w", "F32", {1}, value}});
    const Safetensors file = Safetensors::open(folder / "f");
    const std::string header = R"({"w": {"data_offsets":[0,4],"shape":[1],"dtype":"F32"},)"
                               R"( "__metadata__":{"k":"\u0076","cnnctl.checksum":")" +
                               file.metadata().at(std::string(kChecksumKey)) + "\"}}";
    CHECK(content_of(Safetensors::from_bytes(raw_file(header, value), "x")) == content_of(file));
    CHECK_THROWS_AS(Safetensors::from_bytes(raw_file(header, bytes_of<float>({6})), "x"), CheckpointError);
  }

  TEST_CASE("safetensors writer: text that is not UTF-8 is refused, and nothing is written") {
    const TemporaryFolder folder;
    CHECK(message_of<CheckpointError>([&] {
            write_safetensors(folder / "f", {{"k", "\xFF"}}, {});
          }) == folder / "f" + ": error: cannot be written: text that is not UTF-8: '\xFF'");
    CHECK(list_folder(folder.path()).empty());
  }

  TEST_CASE("safetensors writer: wrong sizes and double names are mistakes of the programmer") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(write_safetensors(folder / "f", {}, {{"a", "F32", {2}, "1234"}}), std::logic_error);
    CHECK_THROWS_AS(write_safetensors(folder / "f", {}, {{"a", "F32", {1}, "1234"}, {"a", "F32", {1}, "1234"}}),
                    std::logic_error);
    CHECK(list_folder(folder.path()).empty());
  }
}
}  // namespace cnnctl
