#include "train/environment.hpp"

#include <fmt/format.h>

#include <span>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_reader.hpp"
#include "base/processors.hpp"
#include "base/text.hpp"
#include "base/workers.hpp"
#include "kernels/matrix/gemm.hpp"
#include "kernels/simd/vectors.hpp"

namespace cnnctl {
namespace {

/// Piece by piece: the program takes no memory to look at itself.
std::string program_hash() {
  try {
    const FileReader file(program_path(), std::uint64_t{1} << 40);
    RunningHash hash(0);
    char piece[1 << 14];
    for (std::uint64_t at = 0; const std::size_t count = file.read_some(at, piece); at += count)
      hash.add(std::as_bytes(std::span(piece, count)));
    return hex(hash.value());
  } catch (const Error&) {
    return "unknown";  // a system that does not show a program its own file
  }
}

Environment observe() {
  return {{"version", CNNCTL_VERSION},
          {"program", program_hash()},
          {"compiler", __VERSION__},
          {"products", kernels::gemm_description()},
          {"vectors", kernels::vector_instructions()},
          {"threading", threading_library()},
          {"precision", sizeof(real) == 4 ? "float" : "double"}};
}

}  // namespace

const Environment& environment() {
  static const Environment facts = observe();
  return facts;
}

std::vector<std::string> differences(const Environment& then, const Environment& now) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : now)
    for (const auto& [other, before] : then)
      if (name == other && value != before) lines.push_back(fmt::format("{}: {} then, {} now", name, before, value));
  return lines;
}

std::string tool_version() { return std::string("cnnctl ") + CNNCTL_VERSION; }

}  // namespace cnnctl
