// The command line as declared by the commands: subcommands, their arguments and options, and the help that follows
// from them. command_line.cpp is the only door to CLI11. Knows words and numbers; knows no command.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace cnnctl::cli {

/// How help describes an argument: "--threads", "N", "threads to compute with". A name without dashes is positional.
struct Argument {
  std::string name, value, help;
  bool required = false;
};

/// The least and the largest number that an option takes.
struct Range {
  double least, most;
};

/// One command, to which arguments are added; a handle, valid as long as its CommandLine. What is passed by reference
/// is written while parsing and must live until then. Values that do not fit are a UsageError that says what fits.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  void text(const Argument& argument, std::string& value);
  /// Any number of positional words.
  void texts(const Argument& argument, std::vector<std::string>& values);
  /// An option that may be given again and again, one word each; they are added to `values`.
  void repeated(const Argument& argument, std::vector<std::string>& values);
  void flag(const Argument& argument, bool& value);
  void number(const Argument& argument, double& value, Range range);

  /// A whole number in [least, most].
  template <std::integral T>
  void whole(const Argument& argument, T& value, std::int64_t least, std::int64_t most) {
    whole_number(argument, least, most, [&value](std::int64_t number) { value = static_cast<T>(number); });
  }
  template <std::integral T>
  void whole(const Argument& argument, std::optional<T>& value, std::int64_t least, std::int64_t most) {
    whole_number(argument, least, most, [&value](std::int64_t number) { value = static_cast<T>(number); });
  }
  /// A list of them: 1,2,4.
  template <std::integral T>
  void wholes(const Argument& argument, std::vector<T>& values, std::int64_t least, std::int64_t most) {
    whole_numbers(argument, least, most, [&values](std::span<const std::int64_t> numbers) {
      values.clear();
      for (const std::int64_t number : numbers) values.push_back(static_cast<T>(number));
    });
  }

  /// One of a few words; help shows them as the argument's value.
  template <class T>
  void choice(std::string name, T& value, std::string help, const std::vector<std::pair<std::string_view, T>>& words) {
    std::vector<std::string> names;
    std::vector<T> values;
    for (const auto& [word, meaning] : words) {
      names.emplace_back(word);
      values.push_back(meaning);
    }
    word({std::move(name), "", std::move(help)}, names, [&value, values](std::size_t index) { value = values[index]; });
  }

  /// The option `name` is refused without the option `other`.
  void needs(const std::string& name, const std::string& other);

  /// A command below this one, of which one must then be named. `chosen` is called when it was.
  Command command(const std::string& name, const std::string& help, std::function<void()> chosen);

 private:
  void whole_number(const Argument& argument, std::int64_t least, std::int64_t most,
                    std::function<void(std::int64_t)> take);
  void whole_numbers(const Argument& argument, std::int64_t least, std::int64_t most,
                     std::function<void(std::span<const std::int64_t>)> take);
  void word(const Argument& argument, const std::vector<std::string>& words, std::function<void(std::size_t)> take);

  CLI::App* app_;
};

/// What a parsed command line asks for; returns the exit code.
using Task = std::function<int()>;

class CommandLine {
 public:
  /// `intro` stands above the help of the whole program; `version` is what --version prints.
  CommandLine(std::string name, std::string intro, std::string version);
  ~CommandLine();

  /// A command of the program, and what runs if it is named.
  Command command(const std::string& name, const std::string& help, Task action);

  /// What to do; nothing if help or the version was asked for: then `print` has been given it. Throws UsageError, with
  /// the nearest legal word and where to find help.
  Task parse(int argc, const char* const* argv, const std::function<void(const std::string&)>& print);
  /// Of the whole program.
  std::string help() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cnnctl::cli
