// Sets of pictures in the formats that are read as a whole: IDX and CIFAR, each with all its files in one input.
#include <algorithm>

#include "base/error.hpp"
#include "config/yaml.hpp"
#include "data/dataset.hpp"
#include "fuzz/target.hpp"

namespace cnnctl::fuzz {
namespace {

/// Opens the set in the scratch folder and reads its samples. `fields` are YAML.
bool read_set(std::string_view format, const std::string& fields) {
  Choice<Dataset> dataset(*datasets().find(format));
  Diagnostics diagnostics;
  read_fields(*dataset, parse_yaml("{path: \"" + scratch_folder() + "\"" + fields + "}", "fuzz.yaml", diagnostics),
              format, diagnostics);
  diagnostics.throw_if_errors();
  try {
    const std::unique_ptr<Samples> samples = dataset->open(Split::train, Workers(1));
    constexpr std::int64_t kMost = 64;
    for (std::int64_t i = 0; i < std::min(kMost, samples->count()); ++i) {
      Sample sample;
      samples->read(i, sample);
      samples->contents(i);
    }
    return true;
  } catch (const DataError&) {
    return false;
  } catch (const MemoryError&) {
    return false;
  }
}

/// A part as the file `name`, or packed and with another ending.
void write_idx(const std::string& name, std::string_view content, bool packed) {
  remove_scratch(name + (packed ? "" : ".gz"));
  write_scratch(name + (packed ? ".gz" : ""), content);
}

/// A byte that says which file is packed, the labels, the pictures.
bool read_idx(std::string_view bytes) {
  Parts parts(bytes);
  const unsigned packed = parts.byte();
  write_idx("train-labels-idx1-ubyte", parts.part(), (packed & 1u) != 0);
  write_idx("train-images-idx3-ubyte", parts.rest(), (packed & 2u) != 0);
  return read_set("idx", "");
}

void mend_idx(std::span<char> bytes) {
  Parts parts({bytes.data(), bytes.size()});
  parts.byte();
  for (const std::string_view part : {parts.part(), parts.rest()})
    mend_gzip(bytes.subspan(static_cast<std::size_t>(part.data() - bytes.data()), part.size()));
}

/// A byte that says of which layout the files are, the names of the classes, the records.
bool read_cifar(std::string_view bytes) {
  Parts parts(bytes);
  const unsigned layout = parts.byte() % 4;
  const bool hundred = layout >= 2, named = layout % 2 == 1;
  for (const char* const name : {"train.bin", "data_batch_1.bin", "batches.meta.txt", "fine_label_names.txt"})
    remove_scratch(name);
  const std::string_view names = parts.part();
  if (named) write_scratch(hundred ? "fine_label_names.txt" : "batches.meta.txt", names);
  write_scratch(hundred ? "train.bin" : "data_batch_1.bin", parts.rest());
  return read_set("cifar", "");
}

}  // namespace

const Target kIdx{"idx", read_idx, mend_idx};
const Target kCifar{"cifar", read_cifar};

}  // namespace cnnctl::fuzz
