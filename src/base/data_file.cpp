#include "base/data_file.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"

namespace cnnctl {

void require_data_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) throw DataError(path, "there is no such file");
  if (!error && status.type() != std::filesystem::file_type::regular) throw DataError(path, "is not a regular file");
}

Bytes read_data(const std::string& path, const Workers& workers) {
  require_data_file(path);
  return read_large_file(path, workers);
}

void expect_memory(const std::string& path, std::uint64_t bytes) {
  const std::uint64_t available = available_memory();
  if (bytes <= available) return;
  throw MemoryError(fmt::format("{}: needs {} of memory decoded, {} are available", path, human_bytes(bytes),
                                human_bytes(available)));
}

}  // namespace cnnctl
