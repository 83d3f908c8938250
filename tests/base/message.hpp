// The text of what an expression throws, so that tests can compare whole messages.
#pragma once

#include <exception>
#include <string>

namespace cnnctl::testing {

/// what() of the E that `body` throws; another exception passes on, none gives "nothing was thrown".
template <class E = std::exception, class Body>
std::string message_of(const Body& body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace cnnctl::testing
