// The contract of a dataset format: where its files are, and how a split of it is opened.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "config/fields.hpp"
#include "data/samples.hpp"
#include "picture/picture.hpp"

namespace cnnctl {

enum class Split { train, validation, test };

/// What a split consists of, as far as that is known without reading samples.
struct Outline {
  std::int64_t count = 0;
  Shape input;                  // of each sample, before it is scaled to another size
  std::size_t value_bytes = 1;  // that each number of the input takes in memory

  /// What the inputs take in memory.
  std::uint64_t bytes() const;
};

/// A dataset format and where its files are.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual void fields(Fields& f) = 0;
  /// Opens a split; `workers` help with what is read at once. Throws DataError naming the file, the offset and what was
  /// expected. Splits may number their classes differently: match_classes (renamed.hpp) makes them agree. The result
  /// does not depend on the number of workers.
  virtual std::unique_ptr<Samples> open(Split split, const Workers& workers) const = 0;
  /// Whether the files of a split are there. Throws DataError if two things could be meant.
  virtual bool has(Split split) const { return split != Split::validation; }
  /// Whether it may have a validation split of its own, beside the one to train on.
  virtual bool may_validate() const { return false; }
  /// Whether samples that cannot be read are to be left out, rather than an error.
  virtual bool leaves_out_bad() const { return false; }
  /// How pictures are read; for inference to read them alike.
  virtual Orientation orientation() const { return Orientation::apply; }
  /// Whether pictures keep all bits of their files, as numbers in 0..1; likewise.
  virtual bool deep() const { return false; }
  /// What the configuration or the header of a file says of a split; none where samples themselves must be looked at.
  /// Throws DataError for files that are missing or damaged.
  virtual std::optional<Outline> outline(Split) const { return std::nullopt; }
  /// Of formats whose pictures may be of any size: the channels that they are decoded to.
  virtual std::optional<std::int64_t> picture_channels() const { return std::nullopt; }
};

const Catalog<Dataset>& datasets();

/// The outline of the split to train on where its files are there.
std::optional<Outline> training_outline(const Dataset& dataset);

/// Class names for lack of better ones: {"0", "1", ...}.
std::vector<std::string> numbered_names(std::int64_t count);

/// Throws DataError, naming `path`, if this cannot be the name of a class: what is not UTF-8 could be neither saved nor
/// shown.
void check_class_name(const std::string& path, const std::string& name);

}  // namespace cnnctl
