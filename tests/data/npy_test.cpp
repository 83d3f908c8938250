#include "data/npy.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"

using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

/// A file of version 1.0, or another, with this dictionary and these bytes of data.
std::string npy(const std::string& dictionary, std::string_view data, char version = 1) {
  std::string file = std::string("\x93NUMPY") + version + '\0';
  file += static_cast<char>(dictionary.size() & 255);
  file += static_cast<char>(dictionary.size() >> 8);
  if (version > 1) file.append(2, '\0');
  return file.append(dictionary).append(data);
}

std::string dictionary(const std::string& type, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

NpyArray read(std::string_view content) {
  const TemporaryFolder folder;
  return read_npy(folder.write("a.npy", content));
}

std::string complaint(std::string_view content) {
  const std::string message = message_of<DataError>([&] { read(content); });
  return message.substr(message.find(": error: ") == std::string::npos ? 0 : message.find(": error: ") + 9);
}

}  // namespace

TEST_SUITE("data") {
  TEST_CASE("npy: what is written is read again, whatever the rank") {
    const TemporaryFolder folder;
    const std::vector<float> values{0, -1.5f, 3e38f, 1e-30f, 5, 6};
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{6}, {2, 3}, {1, 3, 2, 1}}) {
      write_npy(folder / "a.npy", shape, values);
      const NpyArray array = read_npy(folder / "a.npy");
      CHECK(array.shape == shape);
      CHECK(array.values == values);
      CHECK(read_file(folder / "a.npy").size() == 128 + 24);
    }
    write_npy(folder / "a.npy", std::vector<std::int64_t>{}, std::vector<float>{7});
    CHECK(read_npy(folder / "a.npy").values == std::vector<float>{7});
    CHECK(read_file(folder / "a.npy").find("'shape': (), }") != std::string::npos);
    write_npy(folder / "a.npy", std::vector<std::int64_t>{1}, std::vector<float>{7});
    CHECK(read_file(folder / "a.npy").find("'shape': (1,), }") != std::string::npos);
  }

  TEST_CASE("npy: other types, byte orders and versions become floats") {
    CHECK(read(npy(dictionary("|u1", "(3,)"), "\1\2\xff")).values == std::vector<float>{1, 2, 255});
    CHECK(read(npy(dictionary("<i2", "(1, 2)"), "\1\1\xff\xff", 2)).values == std::vector<float>{257, -1});
    CHECK(read(npy(dictionary(">i2", "(2,)"), std::string_view("\0\1\1\0", 4), 3)).values ==
          std::vector<float>{1, 256});
    CHECK(read(npy(dictionary("<f8", "(1,)"), std::string_view("\0\0\0\0\0\0\xf8\x3f", 8))).values ==
          std::vector<float>{1.5f});
    CHECK(read(npy(dictionary("<f4", "(0, 3)"), "")).values.empty());
    CHECK(read(npy(dictionary("|u1", "(1,)", "True"), "\1")).values == std::vector<float>{1});
  }

  TEST_CASE("npy: what does not fit is refused, with the reason") {
    CHECK(complaint("PK\3\4 an archive") == "is not a .npy file");
    CHECK(complaint(npy("", "", 9)) == "is a .npy file of version 9.0; known are 1.0, 2.0 and 3.0");
    CHECK(complaint(npy(std::string(10'001, ' '), "")) ==
          "has a .npy header of 10001 bytes; at most 10000 are allowed");
    CHECK(complaint(npy(dictionary("|u1", "(3,)"), "").substr(0, 40)) == "is cut off inside the .npy header");
    CHECK(complaint(npy(dictionary("|u1", "(3,)"), "\1\2")) == "holds 70 bytes, its header asks for 71");
    CHECK(complaint(npy(dictionary("|u1", "(3,)"), "\1\2\3\4")) == "holds 72 bytes, its header asks for 71");
    CHECK(complaint(npy(dictionary("|O", "(1,)"), "")) ==
          "holds values of type '|O'; float32, float64, bool and integers can be read");
    CHECK(complaint(npy(dictionary("|u1", "(2, 2)", "True"), "1234")) ==
          "is in Fortran order; save numpy.ascontiguousarray(x)");
    CHECK(complaint(npy(dictionary("|u1", "(1099511627776, 1099511627776)"), "")) ==
          "has a shape of more than 2^40 values");
    CHECK(complaint(npy(dictionary("|u1", "(-1,)"), "")) == "damaged .npy header: shape is not a tuple of sizes");
    CHECK(complaint(npy("{'descr': '|u1'}", "")) == "damaged .npy header: descr, fortran_order or shape is missing");
    CHECK(complaint(npy("{'evil': __import__('os')}", "")) == "damaged .npy header: unknown key 'evil'");
    CHECK(complaint(npy(dictionary("|u1", "(1,)") + "x", "1")) == "damaged .npy header: text behind the dictionary");
    const std::string good = npy(dictionary("<f4", "(2, 1)"), "12345678");
    for (std::size_t size = 0; size < good.size(); ++size)
      CHECK(complaint(good.substr(0, size)) != "nothing was thrown");
  }
}
}  // namespace cnnctl
