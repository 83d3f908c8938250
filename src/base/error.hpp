// Everything that a user can do wrong, as exceptions with a place, and the exit code of each.
// Programmers' mistakes are not here: see check.hpp.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace cnnctl {

/// Exit codes of the program; scripts rely on them (see README, "Exit codes").
enum class ExitCode : int {
  done = 0,
  internal = 1,
  usage = 2,
  config = 3,
  data = 4,
  checkpoint = 5,
  io = 6,
  memory = 7,
  diverged = 8,
  locked = 9,
  distributed = 10,
  not_reproducible = 11,  // or slower than bench --compare allows
};

/// A place in a text file. `line` and `column` count from 1; line 0 means the file as a whole.
struct Where {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text;  // the whole source line, for the caret

  /// "file:line:column", or as much of it as is known.
  std::string str() const;
};

/// One finding about a configuration.
struct Diagnostic {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  Where where;
  std::string message;

  /// "file:3:7: error: message", then the source line and a caret below the column.
  std::string str() const;
};

/// Base of every error that a user can cause; `what()` is the whole message, ready to print.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// Mistakes in a configuration or an override, all of them.
class ConfigError : public Error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  ConfigError(Where where, std::string message);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// A shape that does not fit, found while planning; whoever knows the layer turns it into a ConfigError.
class ShapeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A command line that cannot be obeyed.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(ExitCode::usage, "cnnctl: error: " + message) {}
};

/// A dataset or an image that is missing, damaged or does not fit the model: "<path>: error: <message>".
class DataError : public Error {
 public:
  DataError(const std::string& path, const std::string& message)
      : Error(ExitCode::data, path + ": error: " + message) {}
};

/// A checkpoint that is missing, damaged or does not fit the model.
class CheckpointError : public Error {
 public:
  CheckpointError(const std::string& path, const std::string& message)
      : Error(ExitCode::checkpoint, path + ": error: " + message) {}
};

/// The system refused to read or write: "<path>: error: cannot <action>: <reason of errno>".
class IoError : public Error {
 public:
  IoError(const std::string& path, const std::string& action, int errno_value);
};

/// More memory would be needed than there is.
class MemoryError : public Error {
 public:
  explicit MemoryError(const std::string& message) : Error(ExitCode::memory, "cnnctl: error: " + message) {}
};

/// Training ran into NaN or infinity.
class TrainingError : public Error {
 public:
  explicit TrainingError(const std::string& message) : Error(ExitCode::diverged, "cnnctl: error: " + message) {}
};

/// Another process owns the run directory.
class LockedError : public Error {
 public:
  LockedError(const std::string& path, const std::string& message)
      : Error(ExitCode::locked, path + ": error: " + message) {}
};

/// Collects findings, so that one run reports every mistake of a file.
class Diagnostics {
 public:
  void error(const Where& where, std::string message);
  void warning(const Where& where, std::string message);
  bool has_errors() const { return errors_ > 0; }
  const std::vector<Diagnostic>& all() const { return all_; }
  /// Throws ConfigError with every error found so far, in the order of their places; does nothing if there is none.
  void throw_if_errors() const;

 private:
  std::vector<Diagnostic> all_;
  int errors_ = 0;
};

}  // namespace cnnctl
