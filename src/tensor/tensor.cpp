#include "tensor/tensor.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/pages.hpp"

namespace cnnctl {
namespace {

/// Where a processor has no masked loads, the last values of a buffer are read as a whole register. What stands behind
/// them is never used, but must be there.
constexpr std::size_t kReadable = kAlignment;

}  // namespace

Buffer::Buffer(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  void* const memory = map_pages(bytes + kReadable);
  if (memory == nullptr) throw MemoryError("out of memory: the system refused " + std::to_string(bytes >> 20) + " MiB");
  data_ = static_cast<std::byte*>(memory);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Buffer::~Buffer() {
  if (data_ != nullptr) unmap_pages(data_, bytes_ + kReadable);
}

}  // namespace cnnctl
