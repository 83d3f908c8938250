// A checkpoint: the container, what it says about itself, and a training state loaded into a network.
#include "checkpoint/safetensors.hpp"

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/data_record.hpp"
#include "checkpoint/safetensors_header.hpp"
#include "checkpoint/small_network.hpp"
#include "fuzz/target.hpp"

namespace cnnctl::fuzz {
namespace {

template <class Body>
bool accepted(const Body& body) {
  try {
    body();
    return true;
  } catch (const CheckpointError&) {
    return false;
  }
}

void read_values(const Safetensors& file) {
  for (const TensorEntry& entry : file.tensors()) {
    require(file.find(entry.name) == &entry, "a tensor is found by its name");
    require(file.bytes(entry).size() == entry.end - entry.begin, "all bytes of a tensor");
    if (entry.is_float())
      require(file.doubles(entry).size() == static_cast<std::size_t>(entry.count()), "all values of a tensor");
  }
}

/// Everything that commands do with a file.
bool read(std::string_view bytes) {
  if (!accepted([&] { read_values(Safetensors::from_bytes(std::string(bytes), "fuzz")); })) return false;
  const std::string path = write_scratch("x.safetensors", bytes);
  Network network = testing::bearers({"a", "b"});
  testing::fill(network, 0);
  std::vector<real> momentum(static_cast<std::size_t>(network.flat_size()));
  const NamedState state{"momentum", momentum.data()};
  const bool is_ours = accepted([&] { read_info(path); });
  require(accepted([&] { inspect(path); }) || !is_ours, "what can be read can be inspected");
  accepted([&] { verify(path); });
  accepted([&] { diff(path, path); });
  accepted([&] { read_state(path); });
  accepted([&] { load_model(path, network, false); });
  accepted([&] { load_state(path, network, std::span(&state, 1)); });
  return accepted([&] { load_model(path, network, true); }) || !is_ours;
}

void mend(std::span<char> bytes) {
  constexpr std::string_view kKey = "\"cnnctl.checksum\":\"";
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) return;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - sizeof length) return;
  const std::span<char> text = bytes.subspan(sizeof length, length), data = bytes.subspan(sizeof length + length);
  const auto key = std::search(text.begin(), text.end(), kKey.begin(), kKey.end());
  try {
    const Header header = parse_header({text.data(), text.size()}, data.size());
    Checksum checksum(header.metadata, header.tensors);
    for (const TensorEntry& tensor : header.tensors)
      checksum.add({data.data() + tensor.begin, tensor.end - tensor.begin});
    const std::string digits = checksum.str();
    const auto room = static_cast<std::size_t>(text.end() - key);
    if (room >= kKey.size() + digits.size())
      std::copy(digits.begin(), digits.end(), key + static_cast<std::ptrdiff_t>(kKey.size()));
  } catch (const HeaderError&) {  // refused before any checksum
  }
}

}  // namespace

const Target kSafetensors{"safetensors", read, mend};

}  // namespace cnnctl::fuzz
