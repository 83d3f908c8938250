// The contract of a dataset format, and what every format delivers: decoded samples in memory, as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fresh.hpp"
#include "base/workers.hpp"
#include "config/fields.hpp"
#include "tensor/shape.hpp"

namespace cnnctl {

enum class Split { train, test };

/// Decoded samples, one byte a value, as in the file.
struct Samples {
  std::int64_t count = 0;
  std::int64_t channels = 0, height = 0, width = 0;
  Bytes pixels;                          // `lead` bytes that are nobody's, then (N, H, W, C)
  std::size_t lead = 0;                  // a file's header, where it was unpacked in place
  std::vector<std::int32_t> labels;      // (N), each in [0, class_names.size())
  std::vector<std::string> class_names;  // by label
  std::vector<std::string> warnings;     // for the user: what was skipped, and why

  Shape shape() const { return {channels, height, width}; }
  std::int64_t sample_bytes() const { return channels * height * width; }
  /// The pixels of a sample, (H, W, C).
  const std::uint8_t* sample(std::int64_t i) const { return pixels.data() + lead + i * sample_bytes(); }
};

/// A dataset format and where its files are.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual void fields(Fields& f) = 0;
  /// Reads a whole split, at least one sample. Throws DataError naming the file, the offset and what was expected.
  /// Both splits number the classes alike. The result does not depend on the number of workers.
  virtual Samples load(Split split, const Workers& workers) const = 0;
  /// Number of samples of a split, if it is known without opening a file.
  virtual std::optional<std::int64_t> count(Split) const { return std::nullopt; }
};

const Catalog<Dataset>& datasets();

/// Class names for lack of better ones: {"0", "1", ...}.
std::vector<std::string> numbered_names(std::int64_t count);

}  // namespace cnnctl
