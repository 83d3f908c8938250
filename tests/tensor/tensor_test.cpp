#include "tensor/tensor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "base/error.hpp"

namespace cnnctl {
TEST_SUITE("tensor") {
  TEST_CASE("tensor: sizes are rounded up to cache lines") {
    CHECK(aligned(0) == 0);
    CHECK(aligned(1) == 64);
    CHECK(aligned(64) == 64);
    CHECK(aligned(65) == 128);
  }

  TEST_CASE("tensor: a buffer starts aligned and zeroed, small or large") {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1000}, std::size_t{5} << 20}) {
      const Buffer buffer(bytes);
      CHECK(buffer.bytes() == bytes);
      CHECK(reinterpret_cast<std::uintptr_t>(buffer.data()) % kAlignment == 0);
      CHECK(std::all_of(buffer.data(), buffer.data() + bytes, [](std::byte b) { return b == std::byte{0}; }));
    }
    CHECK(Buffer(0).data() == nullptr);
  }

  TEST_CASE("tensor: a buffer moves and does not copy") {
    static_assert(!std::is_copy_constructible_v<Buffer> && !std::is_copy_assignable_v<Buffer>);
    Buffer a(100);
    std::byte* const data = a.data();
    data[0] = std::byte{7};
    Buffer b(std::move(a));
    CHECK(b.data() == data);
    Buffer c(50);
    c = std::move(b);
    CHECK(c.data() == data);
    CHECK(c.bytes() == 100);
    CHECK(c.data()[0] == std::byte{7});
  }

  TEST_CASE("tensor: memory that does not exist is an error of the user's machine") {
    CHECK_THROWS_AS(Buffer(std::size_t{1} << 60), MemoryError);
  }

  TEST_CASE("tensor: a batch knows its samples, and its view borrows") {
    Tensor tensor(4, Shape{3, 5, 2});
    CHECK(tensor.n() == 4);
    CHECK(tensor.count() == 4 * 30);
    CHECK(tensor.shape() == Shape{3, 5, 2});
    tensor.span()[119] = 2;
    const View view = tensor.view();
    CHECK(view.data[119] == 2);
    view.data[0] = 1;
    CHECK(tensor.data()[0] == 1);
    const ConstView read_only = view;
    CHECK(read_only.count() == 120);
    CHECK(read_only.n == 4);
    CHECK(Tensor().count() == 0);
  }
}
}  // namespace cnnctl
