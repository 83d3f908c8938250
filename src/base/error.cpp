#include "base/error.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace cnnctl {
namespace {

constexpr std::size_t kWidestLine = 160;  // a longer source line is cut around the caret

/// Whether a letter of UTF-8 goes on with this byte.
bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u; }

/// The source line and a caret under `column`; tabs are kept, so that the caret stays below its letter.
std::string excerpt(const Where& where) {
  if (where.text.empty() || where.column < 1) return {};
  std::string line = where.text;
  std::size_t caret = std::min<std::size_t>(static_cast<std::size_t>(where.column - 1), line.size());
  if (line.size() > kWidestLine) {
    std::size_t begin = caret > kWidestLine / 2 ? caret - kWidestLine / 2 : 0;
    std::size_t end = std::min(begin + kWidestLine, line.size());
    while (begin < caret && continues(line[begin])) ++begin;
    while (end < line.size() && end > begin && continues(line[end])) --end;
    line = line.substr(begin, end - begin);
    caret -= begin;
  }
  std::string pad;
  for (std::size_t i = 0; i < caret; ++i) {
    if (line[i] == '\t')
      pad += '\t';
    else if (!continues(line[i]))  // one blank a letter, not one a byte
      pad += ' ';
  }
  return "\n" + line + "\n" + pad + "^";
}

std::string render(const std::vector<Diagnostic>& diagnostics) {
  std::string all;
  for (const Diagnostic& d : diagnostics) {
    if (!all.empty()) all += "\n";
    all += d.str();
  }
  return all;
}

}  // namespace

std::string Where::str() const {
  if (line <= 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string Diagnostic::str() const {
  const char* kind = severity == Severity::error ? "error: " : "warning: ";
  const std::string place = where.str();
  return (place.empty() ? std::string("cnnctl") : place) + ": " + kind + message + excerpt(where);
}

ConfigError::ConfigError(std::vector<Diagnostic> diagnostics)
    : Error(ExitCode::config, render(diagnostics)), diagnostics_(std::move(diagnostics)) {}

ConfigError::ConfigError(Where where, std::string message)
    : ConfigError(std::vector<Diagnostic>{{Diagnostic::Severity::error, std::move(where), std::move(message)}}) {}

IoError::IoError(const std::string& path, const std::string& action, int errno_value)
    : Error(ExitCode::io, path + ": error: cannot " + action + ": " + std::strerror(errno_value)) {}

void Diagnostics::error(const Where& where, std::string message) {
  ++errors_;
  all_.push_back({Diagnostic::Severity::error, where, std::move(message)});
}

void Diagnostics::warning(const Where& where, std::string message) {
  all_.push_back({Diagnostic::Severity::warning, where, std::move(message)});
}

void Diagnostics::throw_if_errors() const {
  if (!has_errors()) return;
  std::vector<Diagnostic> errors;
  for (const Diagnostic& d : all_)
    if (d.severity == Diagnostic::Severity::error) errors.push_back(d);
  std::stable_sort(errors.begin(), errors.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.where.line, a.where.column) < std::tie(b.where.line, b.where.column);
  });
  throw ConfigError(std::move(errors));
}

}  // namespace cnnctl
