// save_model and save_state of checkpoint.hpp.
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/data_record.hpp"
#include "checkpoint/info.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {
namespace {

constexpr const char* kReal = sizeof(real) == 4 ? "F32" : "F64";

/// Values of a parameter, or of an optimizer for it, which are written straight from where they stand.
TensorToWrite tensor(std::string name, const Network& network, std::size_t index, const real* values) {
  const auto read = [&network, index, values](std::uint64_t first, std::span<char> room) {
    network.export_range(index, values, static_cast<std::int64_t>(first / sizeof(real)),
                         {reinterpret_cast<real*>(room.data()), room.size() / sizeof(real)});
  };
  return {std::move(name), kReal, network.parameters()[index].parameter.shape, {}, read};
}

}  // namespace

void save_model(const std::string& path, const Network& network, const CheckpointInfo& info) {
  save_state(path, network, {}, info);
}

void save_state(const std::string& path, const Network& network, std::span<const NamedState> optimizer,
                const CheckpointInfo& info, const DataRecord* data) {
  std::vector<TensorToWrite> tensors;
  for (std::size_t i = 0; i < network.parameters().size(); ++i)
    tensors.push_back(tensor(network.parameters()[i].name, network, i, network.parameters()[i].values));
  for (const NamedState& state : optimizer)
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
      const NamedParameter& parameter = network.parameters()[i];
      const real* const values = parameter.parameter.trainable() ? state.values : state.statistics;
      if (values == nullptr) continue;
      tensors.push_back(
          tensor(state_name(state.name, parameter.name), network, i, values + network.flat_range(i).begin));
    }
  if (data != nullptr) add_record(*data, tensors);
  write_safetensors(path, to_metadata(info), std::move(tensors));
}

}  // namespace cnnctl
