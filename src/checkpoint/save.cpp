// save_model and save_state of checkpoint.hpp.
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/info.hpp"
#include "checkpoint/names.hpp"
#include "checkpoint/safetensors.hpp"

namespace cnnctl {
namespace {

constexpr const char* kReal = sizeof(real) == 4 ? "F32" : "F64";

/// Values in the file's order, kept until the file is written.
class Tensors {
 public:
  void add(std::string name, const std::vector<std::int64_t>& shape, std::vector<real> values) {
    kept_.push_back(std::move(values));
    const std::vector<real>& last = kept_.back();  // moving a vector leaves its values where they are
    list_.push_back(
        {std::move(name), kReal, shape, {reinterpret_cast<const char*>(last.data()), last.size() * sizeof(real)}});
  }
  std::vector<TensorToWrite> take() { return std::move(list_); }

 private:
  std::vector<std::vector<real>> kept_;
  std::vector<TensorToWrite> list_;
};

void add_parameters(const Network& network, Tensors& tensors) {
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    const NamedParameter& parameter = network.parameters()[i];
    tensors.add(parameter.name, parameter.parameter.shape, network.export_values(i));
  }
}

}  // namespace

void save_model(const std::string& path, const Network& network, const CheckpointInfo& info) {
  save_state(path, network, {}, info);
}

void save_state(const std::string& path, const Network& network, std::span<const NamedState> optimizer,
                const CheckpointInfo& info) {
  Tensors tensors;
  add_parameters(network, tensors);
  for (const NamedState& state : optimizer)
    for (std::size_t i = 0; i < network.parameters().size(); ++i) {
      const NamedParameter& parameter = network.parameters()[i];
      if (!parameter.parameter.trainable()) continue;
      tensors.add(state_name(state.name, parameter.name), parameter.parameter.shape,
                  network.export_flat(i, state.values));
    }
  write_safetensors(path, to_metadata(info), tensors.take());
}

}  // namespace cnnctl
