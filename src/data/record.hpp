// What the data of a run was, kept with its state, so that the run goes on with the same data or says what is another.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "data/samples.hpp"

namespace cnnctl {

/// The samples of one set in their order, wherever it lies.
struct SetRecord {
  std::string keys;  // Samples::key of each, a zero byte behind it; empty where samples have only numbers
  std::vector<Mark> marks;

  bool operator==(const SetRecord&) const = default;
};

struct DataRecord {
  SetRecord train;
  std::vector<std::int32_t> held_back;  // numbers of samples of `train` that validate, ascending
  std::optional<SetRecord> validation;  // a split of its own

  bool operator==(const DataRecord&) const = default;
};

/// The set as far as it is known without opening a file.
SetRecord record_of(const Samples& samples);

/// Adds the contents of samples that have just been read; those that are in the record already stay.
void note_contents(SetRecord& record, const Samples& samples, std::span<const std::uint32_t> read);

/// How class names differ, for the user; empty if they do not.
std::string class_difference(const std::vector<std::string>& before, const std::vector<std::string>& now,
                             const SetRecord& record, const Samples& samples);

/// Which samples are gone and which are new, by name or by number; empty if none. Opens no file.
std::string listing_difference(const SetRecord& before, const Samples& now);

/// Which samples of the same listing have other contents, whose files are read unless they were; of samples that had
/// not been read when the record was made, which have another size. Empty if none. Throws DataError for what cannot be
/// read.
std::string contents_difference(const SetRecord& before, const Samples& now, const Workers& workers);

}  // namespace cnnctl
