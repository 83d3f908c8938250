// CHECK: invariants of the program. A failure is a bug of cnnctl, never of its user.
#pragma once

#include <string>

namespace cnnctl {

/// Throws std::logic_error naming the place and the condition; `main` turns it into exit code 1.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& values);

}  // namespace cnnctl

#define CNNCTL_CHECK(condition)                                                   \
  do {                                                                            \
    if (!(condition)) ::cnnctl::check_failed(__FILE__, __LINE__, #condition, ""); \
  } while (false)

/// Compares two integers and prints both when they differ.
#define CNNCTL_CHECK_EQ(a, b)                                                                    \
  do {                                                                                           \
    const long long cnnctl_a = static_cast<long long>(a), cnnctl_b = static_cast<long long>(b);  \
    if (cnnctl_a != cnnctl_b)                                                                    \
      ::cnnctl::check_failed(__FILE__, __LINE__, #a " == " #b,                                   \
                             std::to_string(cnnctl_a) + " against " + std::to_string(cnnctl_b)); \
  } while (false)
