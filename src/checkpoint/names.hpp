// Words that saving, loading and inspecting share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cnnctl {

/// The tensor name of an optimizer's array: "optimizer.momentum.conv1.weight".
std::string state_name(std::string_view state, std::string_view parameter);
/// Whether a tensor belongs to the training and not to the model: the optimizer's arrays, and what the data was.
bool is_state_name(std::string_view name);
bool is_data_name(std::string_view name);

/// The tensors of a DataRecord.
inline constexpr std::string_view kTrainKeys = "data.train.keys", kTrainMarks = "data.train.marks",
                                  kHeldBack = "data.held_back", kValidationKeys = "data.validation.keys",
                                  kValidationMarks = "data.validation.marks";

/// The beginnings of a name that were put before it by what wraps a model, in any nesting: DataParallel, torch.compile,
/// trainers that keep it as a member, files that hold its state dict beside other things. "module.model.fc.bias" gives
/// {"module.", "module.model."}.
std::vector<std::string_view> wrappings(std::string_view name);

/// The first few of many names and how many more there are: "a.weight, a.bias, b.weight and 57 more".
std::string first_few(std::span<const std::string> names, std::string_view separator = ", ");

/// Whether a tensor holds what is never negative: the variances of a batch norm, the running means of squares and the
/// sums of squares that optimizers keep.
bool is_variance(std::string_view name);

/// "'bn.running_var' holds 2 negative values of 8, the least -0.5: a variance is never negative".
std::string negative_message(std::int64_t negative, std::int64_t count, std::string_view name, double least);

/// "holds 3 values that are not finite, the first in 'conv1.weight'".
std::string nonfinite_message(std::int64_t count, std::string_view first);

}  // namespace cnnctl
