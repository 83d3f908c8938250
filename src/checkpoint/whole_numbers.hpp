// What the tensors of whole numbers hold, exactly: 64 bits are more than a double has.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cnnctl {

struct WholeNumbers {
  std::string least, largest;  // in digits
  double mean = 0;
};

/// Of the values of a tensor of integers or truth values (0 and 1); none of other types, and of a tensor without any.
std::optional<WholeNumbers> whole_numbers(std::string_view dtype, std::string_view bytes);

/// Whether a type is one of these.
bool is_whole(std::string_view dtype);

}  // namespace cnnctl
