// A text file that grows by whole lines; every line is handed to the system before the call returns.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace cnnctl {

class AppendFile {
 public:
  /// Opens for appending, makes the file if need be; a last line without its end gets one. Throws IoError.
  explicit AppendFile(std::string path);

  /// Appends `text` and a line end. Throws IoError, for example when the disk is full.
  void line(std::string_view text);
  /// True if nothing was in the file when it was opened.
  bool was_empty() const { return was_empty_; }

 private:
  std::string path_;
  Descriptor file_;
  bool was_empty_ = true;
};

}  // namespace cnnctl
