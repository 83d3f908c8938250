// The law of datasets: whether what a format opens is what data/dataset.hpp and data/samples.hpp promise, of whole
// files and of damaged ones. It asserts nothing: it returns what it found.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "breach.hpp"
#include "contract/dataset_cases.hpp"

namespace cnnctl::testing {

namespace dataset_law {

constexpr law::Name kSpec = "columns, sizes, classes and counts are those that are read";
constexpr law::Name kStratum = "a sample is spread by its class, and has a name of its own";
constexpr law::Name kAgain = "a sample that is read again is the same";
constexpr law::Name kThreads = "from many threads the same is read";
constexpr law::Name kWorkers = "the number of workers that open a set changes nothing";
constexpr law::Name kInMemory = "what is in memory is pointed to";
constexpr law::Name kResident = "what is held in memory is what is said to be";
constexpr law::Name kSettled = "what is said of a set does not change as it is read";
constexpr law::Name kOpened = "kept, or scaled and kept, a sample is the same";
constexpr law::Name kRefusal = "what is damaged is a DataError of its file, or is read";
constexpr law::Name kPlace = "a refusal says where: at which byte, or after how many";
constexpr law::Name kCut = "a file that is cut off is refused";
constexpr law::Name kSealed = "no change gets past a checksum";

}  // namespace dataset_law

using Open = std::function<std::unique_ptr<Samples>(Split split, const Workers& workers)>;

/// Of a set that is whole.
Breaches breaches_of(const Open& open, const DatasetCase& expected);
/// What it holds in memory, held against the heap. Nothing, where the heap cannot be asked.
Breaches memory_breaches_of(const Open& open);
/// Of one file of the set: cut off at every byte, with bytes changed, missing, and a folder in its place. `folder`
/// holds the set and does so again afterwards.
Breaches damage_breaches_of(const Open& open, const DatasetCase::File& file, const TemporaryFolder& folder);

/// How many bytes are changed in a file, one at a time.
constexpr int kChanges = 1000;

// The parts of the law.

/// A sample, every column, to compare.
std::string text_of(const Samples& samples, const Sample& sample);
std::vector<std::string> read_all(const Samples& samples);
/// What is wrong with what a set says of itself and with each of its samples.
void try_spec(const Samples& samples, Breaches& breaches);

}  // namespace cnnctl::testing
