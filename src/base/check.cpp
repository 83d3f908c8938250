#include "base/check.hpp"

#include <stdexcept>

namespace cnnctl {

void check_failed(const char* file, int line, const char* condition, const std::string& values) {
  std::string message = std::string(file) + ":" + std::to_string(line) + ": internal error: expected " + condition;
  if (!values.empty()) message += " (" + values + ")";
  throw std::logic_error(message);
}

}  // namespace cnnctl
