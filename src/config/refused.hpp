// What ends the reading of a text at once: thrown far inside, caught where the reading began. Knows places.
#pragma once

#include <string>

#include "base/error.hpp"

namespace cnnctl {

struct Refused {
  Where where;
  std::string message;
};

}  // namespace cnnctl
