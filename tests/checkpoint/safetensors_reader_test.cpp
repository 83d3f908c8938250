#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "base/temporary_folder.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/safetensors.hpp"

using cnnctl::testing::bytes_of;
using cnnctl::testing::complaint;
using cnnctl::testing::length_bytes;
using cnnctl::testing::message_of;
using cnnctl::testing::raw_file;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// What the reader says of a file with this header and so many bytes of data.
std::string header_complaint(std::string_view header, std::size_t data_bytes = 0) {
  return complaint(raw_file(header, std::string(data_bytes, '\0')));
}

Safetensors read(std::string_view header, std::string_view data) {
  return Safetensors::from_bytes(raw_file(header, data), "x");
}

}  // namespace

TEST_SUITE("checkpoint") {
  TEST_CASE("safetensors reader: a file of another program") {
    const Safetensors file = read(
        R"({"__metadata__":{"format":"pt","by":"h\u00e4nd"},)"
        R"("b":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},"a":{"data_offsets":[0,4],"dtype":"I32","shape":[]}}   )",
        bytes_of<float>({0, 1.5f, -2}));
    CHECK(file.metadata() == Metadata{{"by", "h\xC3\xA4nd"}, {"format", "pt"}});
    REQUIRE(file.tensors().size() == 2);
    CHECK(file.tensors()[0].name == "a");
    CHECK(file.tensors()[0].shape_str() == "scalar");
    CHECK(file.tensors()[0].count() == 1);
    CHECK(file.reals(file.tensors()[1]) == std::vector<real>{1.5, -2});
    CHECK(file.find("b")->shape_str() == "2x1");
    CHECK(file.find("c") == nullptr);
    CHECK(message_of<CheckpointError>([&] { (void)file.reals(*file.find("a")); }) ==
          "x: error: tensor 'a' is I32, expected F32, F64, F16 or BF16");
  }

  TEST_CASE("safetensors reader: no tensors, and tensors without values") {
    CHECK(read("{}", "").tensors().empty());
    const Safetensors file = read(R"({"e":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)"
                                  R"("f":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                                  R"("g":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]}})",
                                  bytes_of<float>({3}));
    CHECK(file.find("e")->count() == 0);
    CHECK(file.reals(*file.find("g")).empty());
    CHECK(file.reals(*file.find("f")) == std::vector<real>{3});
  }

  TEST_CASE("safetensors reader: every float type") {
    const auto values = [](const std::string& dtype, std::string_view data, int count, int size) {
      const std::string header = R"({"t":{"dtype":")" + dtype + R"(","shape":[)" + std::to_string(count) +
                                 R"(],"data_offsets":[0,)" + std::to_string(count * size) + "]}}";
      const Safetensors file = read(header, data);
      return file.doubles(*file.find("t"));
    };
    CHECK(values("F64", bytes_of<double>({0.1, -1e300}), 2, 8) == std::vector<double>{0.1, -1e300});
    CHECK(values("F32", bytes_of<float>({0.5f, -3}), 2, 4) == std::vector<double>{0.5, -3});
    // 1, -2, largest, smallest normal, smallest subnormal, -0, infinity, NaN
    const std::vector<double> halves =
        values("F16", bytes_of<std::uint16_t>({0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000, 0x7C00, 0x7E00}), 8, 2);
    CHECK(std::vector<double>(halves.begin(), halves.begin() + 6) ==
          std::vector<double>{1, -2, 65504, 0x1p-14, 0x1p-24, -0.0});
    CHECK(std::signbit(halves[5]));
    CHECK(halves[6] == std::numeric_limits<double>::infinity());
    CHECK(std::isnan(halves[7]));
    const std::vector<double> brains = values("BF16", bytes_of<std::uint16_t>({0x3F80, 0xC049, 0x7F80}), 3, 2);
    CHECK(brains == std::vector<double>{1, -3.140625, std::numeric_limits<double>::infinity()});
  }

  TEST_CASE("safetensors reader: the length of the header") {
    CHECK(complaint("") == "0 bytes, the length of the header alone takes 8");
    CHECK(complaint("1234567") == "7 bytes, the length of the header alone takes 8");
    CHECK(complaint(length_bytes(0)) == "the header does not begin with '{'");
    CHECK(complaint(length_bytes(3) + "{}") == "truncated: a header of 3 bytes in a file of 10");
    CHECK(complaint(length_bytes(100'000'001) + "{}") == "a header of 100000001 bytes, at most 100000000 are allowed");
    CHECK(complaint(length_bytes(~std::uint64_t{0}) + "{}") ==
          "a header of 18446744073709551615 bytes, at most 100000000 are allowed");
    CHECK(complaint(length_bytes(99'999'999) + "{}") == "truncated: a header of 99999999 bytes in a file of 10");
  }

  TEST_CASE("safetensors reader: the header is one JSON object, padded with spaces") {
    CHECK(header_complaint("[]") == "the header does not begin with '{'");
    CHECK(header_complaint(" {}") == "the header does not begin with '{'");
    CHECK(header_complaint("\xEF\xBB\xBF{}") == "the header does not begin with '{'");
    CHECK(header_complaint("{}\n") == "the header does not end with '}' and spaces");
    CHECK(header_complaint("{}x") == "the header does not end with '}' and spaces");
    CHECK(header_complaint("{}{}") == "the header is no JSON at its byte 3");
    CHECK(header_complaint("{\"a\":}") == "the header is no JSON at its byte 6");
    CHECK(header_complaint("{\"a\":/**/1}") == "the header is no JSON at its byte 6");
    CHECK(header_complaint("{,}") == "the header is no JSON at its byte 2");
    CHECK(header_complaint(std::string("{\0}", 3)) == "the header has the control character 0 at its byte 2");
    CHECK(header_complaint(std::string("{}\0}", 4)) == "the header has the control character 0 at its byte 3");
    CHECK(header_complaint("{\"\xFF\":1}") == "the header is no JSON at its byte 3");
    CHECK(header_complaint("{\"\xC0\x80\":1}") == "the header is no JSON at its byte 3");  // NUL, overlong
  }

  TEST_CASE("safetensors reader: names stand once, are short and printable") {
    constexpr std::string_view kEmpty = R"({"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
    const auto named = [&](const std::string& name) {
      return header_complaint("{\"" + name + "\":" + std::string(kEmpty) + "}");
    };
    CHECK(header_complaint("{\"a\":" + std::string(kEmpty) + ",\"a\":" + std::string(kEmpty) + "}") ==
          "'a' stands twice");
    CHECK(header_complaint("{\"a\":" + std::string(kEmpty) + ",\"\\u0061\":" + std::string(kEmpty) + "}") ==
          "'a' stands twice");
    CHECK(named("") == "a tensor without a name");
    CHECK(named(std::string(1025, 'n')) == "a tensor name of 1025 bytes, at most 1024 are allowed");
    CHECK(named("a\\u0000b") == "a tensor name with a control character");
    CHECK(named("a\\nb") == "a tensor name with a control character");
    CHECK(named("a\x7F") == "a tensor name with a control character");
    CHECK(named(std::string(1024, 'n')) == "?? nothing was thrown");
  }

  TEST_CASE("safetensors reader: metadata maps strings to strings, each key once") {
    const auto metadata = [](const std::string& value) { return header_complaint("{\"__metadata__\":" + value + "}"); };
    CHECK(metadata("{}") == "?? nothing was thrown");
    for (const char* value : {"1", "null", "\"a\"", "[]", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}", "{\"a\":[]}",
                              "{\"a\":1.5}", "{\"a\":true}"})
      CHECK(metadata(value) == "__metadata__ must map strings to strings");
    CHECK(metadata(R"({"a":"1","a":"1"})") == "the metadata key 'a' stands twice");
    CHECK(header_complaint(R"({"__metadata__":{},"__metadata__":{}})") == "'__metadata__' stands twice");
  }

  TEST_CASE("safetensors reader: a tensor has exactly dtype, shape and data_offsets") {
    const auto tensor = [](const std::string& fields) { return header_complaint("{\"t\":" + fields + "}", 4); };
    CHECK(tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})") == "?? nothing was thrown");
    CHECK(tensor(R"({"shape":[1],"data_offsets":[0,4]})") == "tensor 't' has no dtype");
    CHECK(tensor(R"({"dtype":"F32","data_offsets":[0,4]})") == "tensor 't' has no shape");
    CHECK(tensor(R"({"dtype":"F32","shape":[1]})") == "tensor 't' has no data_offsets");
    CHECK(tensor(R"({"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]})") ==
          "tensor 't' has the field 'dtype' twice");
    CHECK(tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]})") ==
          "tensor 't' has the unknown field 'strides' (allowed: dtype, shape, data_offsets)");
    CHECK(tensor(R"({"dtype":"F33","shape":[1],"data_offsets":[0,4]})") == "tensor 't' has the unknown dtype 'F33'");
    CHECK(tensor(R"({"dtype":"f32","shape":[1],"data_offsets":[0,4]})") == "tensor 't' has the unknown dtype 'f32'");
    CHECK(tensor(R"({"dtype":32,"shape":[1],"data_offsets":[0,4]})") == "the dtype of tensor 't' must be a string");
    CHECK(tensor(R"({"dtype":"F32","shape":1,"data_offsets":[0,4]})") ==
          "the shape of tensor 't' must be a list of integers");
    CHECK(tensor(R"({"dtype":"F32","shape":["1"],"data_offsets":[0,4]})") ==
          "the shape of tensor 't' must be a list of integers");
    CHECK(tensor(R"({"dtype":"F32","shape":[[1]],"data_offsets":[0,4]})") ==
          "the shape of tensor 't' must be a list of integers");
    CHECK(tensor(R"({"dtype":"F32","shape":[1],"data_offsets":{}})") ==
          "the data_offsets of tensor 't' must be a list of two integers");
    for (const char* offsets : {"[]", "[0]", "[0,4,4]"})
      CHECK(tensor(std::string(R"({"dtype":"F32","shape":[1],"data_offsets":)") + offsets + "}") ==
            "tensor 't' needs exactly two data_offsets");
    for (const char* value : {"null", "[]", "\"F32\"", "7", "true"})
      CHECK(tensor(value) == "tensor 't' must be an object with dtype, shape and data_offsets");
    CHECK(tensor(R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]})") ==
          "tensor 't' has more than 8 dimensions");
  }

  TEST_CASE("safetensors reader: integers are plain") {
    const auto shaped = [](const std::string& size) {
      return header_complaint(R"({"t":{"dtype":"F32","shape":[)" + size + R"(],"data_offsets":[0,4]}})", 4);
    };
    for (const char* size : {"1.0", "1e0", "-0", "-1", "281474976710656", "18446744073709551616"})
      CHECK(shaped(size) == "tensor 't' has a number that is not a plain integer between 0 and 2^48 - 1");
    CHECK(shaped("01").starts_with("the header is no JSON at its byte "));
    CHECK(shaped("+1").starts_with("the header is no JSON at its byte "));
    CHECK(shaped("0x1").starts_with("the header is no JSON at its byte "));
    CHECK(shaped("281474976710655") == "tensor 't' has 4 bytes, 281474976710655 of F32 need 1125899906842620");
  }

  TEST_CASE("safetensors reader: tensors follow each other without holes and overlaps") {
    const auto two = [](const std::string& first, const std::string& second, std::size_t bytes) {
      return header_complaint(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + first +
                                  R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}",
                              bytes);
    };
    CHECK(two("[0,4]", "[4,8]", 8) == "?? nothing was thrown");
    CHECK(two("[4,8]", "[0,4]", 8) == "?? nothing was thrown");
    CHECK(two("[0,4]", "[0,4]", 8) ==
          "tensor 'b' begins at byte 0 of the data, not at 4: tensors must neither overlap nor leave holes");
    CHECK(two("[0,4]", "[5,9]", 9) ==
          "tensor 'b' begins at byte 5 of the data, not at 4: tensors must neither overlap nor leave holes");
    CHECK(two("[1,5]", "[5,9]", 9) ==
          "tensor 'a' begins at byte 1 of the data, not at 0: tensors must neither overlap nor leave holes");
    CHECK(two("[0,4]", "[4,2]", 8) == "tensor 'b' ends at byte 2, before it begins at 4");
    CHECK(two("[0,4]", "[4,7]", 7) == "tensor 'b' has 3 bytes, 1 of F32 need 4");
    CHECK(two("[0,4]", "[4,8]", 7) == "truncated: the header speaks of 8 bytes of data, the file has 7");
    CHECK(two("[0,4]", "[4,8]", 10) == "2 bytes follow the last tensor");
    CHECK(header_complaint("{}", 1) == "1 bytes follow the last tensor");
  }

  TEST_CASE("safetensors reader: sizes that overflow, and bits that fill no byte") {
    const std::string most = "281474976710655";
    CHECK(header_complaint(R"({"t":{"dtype":"F32","shape":[)" + most + "," + most + R"(],"data_offsets":[0,4]}})", 4) ==
          "the shape of tensor 't' overflows: " + most + "x" + most);
    CHECK(header_complaint(R"({"t":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", 2) ==
          "tensor 't' does not end at a whole byte");
    CHECK(header_complaint(R"({"t":{"dtype":"F4","shape":[4],"data_offsets":[0,2]}})", 2) == "?? nothing was thrown");
  }

  TEST_CASE("safetensors reader: metadata of cnnctl needs its checksum") {
    CHECK(header_complaint(R"({"__metadata__":{"cnnctl.format":"1"}})") ==
          "metadata of cnnctl without its checksum (cnnctl.checksum)");
    CHECK(header_complaint(R"({"__metadata__":{"cnnctl.checksum":"0123456789abcdef"}})") ==
          "the checksum does not match: the file was damaged or changed after cnnctl wrote it");
    CHECK(header_complaint(R"({"__metadata__":{"cnnctl":"1","dnn.x":"2"}})") == "?? nothing was thrown");
  }

  TEST_CASE("safetensors reader: bombs are refused at once") {
    const auto start = std::chrono::steady_clock::now();
    std::string overlapping = "{";
    for (int i = 0; i < 50000; ++i)
      overlapping += "\"t" + std::to_string(i) + R"(":{"dtype":"F32","shape":[200,200],"data_offsets":[0,160000]},)";
    overlapping.back() = '}';
    CHECK(header_complaint(overlapping, 160000).find("neither overlap") != std::string::npos);
    CHECK(header_complaint("{\"t\":" + std::string(1'000'000, '[') + "}") ==
          "tensor 't' must be an object with dtype, shape and data_offsets");
    CHECK(header_complaint("{\"t\":{\"shape\":" + std::string(1'000'000, '[') + "}}") ==
          "the shape of tensor 't' must be a list of integers");
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
  }

  TEST_CASE("safetensors reader: a file that is not there") {
    const TemporaryFolder folder;
    CHECK(message_of<IoError>([&] { Safetensors::open(folder / "none"); }) ==
          folder / "none" + ": error: cannot open: No such file or directory");
    CHECK(message_of<CheckpointError>([&] { Safetensors::open(folder.write("short", "abc")); }) ==
          folder / "short" + ": error: broken safetensors file: 3 bytes, the length of the header alone takes 8");
  }
}
}  // namespace cnnctl
