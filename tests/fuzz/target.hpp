// Fuzz targets: the readers of what others wrote, given any bytes at all. Each is one file; targets.cpp lists them.
// libfuzzer.cpp makes programs of them (scripts/fuzz.sh), replay_test.cpp reads the stored corpus with each.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cnnctl::fuzz {

struct Target {
  std::string_view name;  // and the corpus's folder
  /// Reads the bytes as the program does: true if they were read to the end, false if they were refused with one of the
  /// errors that the reader documents. Whatever else it throws is a fault.
  bool (*read)(std::string_view bytes);
  /// Makes the checksums inside fit again, so that a mutant gets past them; null where there are none.
  void (*mend)(std::span<char> bytes) = nullptr;
};

extern const Target kConfig, kSafetensors, kIdx, kCifar, kNpy, kPicture, kCommandLine;

std::span<const Target* const> targets();

/// What must hold of everything that was read.
inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

/// A folder of the process for readers that want a path.
const std::string& scratch_folder();
/// Writes a file into it, in place of an older one; returns its path.
std::string write_scratch(std::string_view name, std::string_view content);
/// Takes a file out of it, if it is there.
void remove_scratch(std::string_view name);

/// Takes bytes apart from the front on: several files in one input.
class Parts {
 public:
  explicit Parts(std::string_view bytes) : rest_(bytes) {}
  /// One byte, 0 at the end.
  unsigned byte();
  /// A part whose length stands before it in two bytes, the lower first; what is left if that is less.
  std::string_view part();
  std::string_view rest() const { return rest_; }

 private:
  std::string_view take(std::size_t size);
  std::string_view rest_;
};

/// Puts the right checksum and length behind gzip data, as far as they can be unpacked.
void mend_gzip(std::span<char> bytes);

}  // namespace cnnctl::fuzz
