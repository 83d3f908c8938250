#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/help.hpp"

namespace cnnctl::cli {
namespace {

CLI::Option& described(CLI::Option* option, const Argument& argument) {
  return *option->type_name(argument.value)->required(argument.required);
}

/// Hands one word to `take`.
CLI::Option& add_word(CLI::App& app, const Argument& argument, std::function<void(const std::string&)> take) {
  return described(app.add_option_function<std::string>(argument.name, std::move(take), argument.help), argument);
}

std::int64_t to_whole(const std::string& name, std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    throw CLI::ValidationError(name, fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
  return number;
}

/// The library's message as ours: without a capital, without line breaks.
std::string sentence(std::string text) {
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && (text[1] < 'A' || text[1] > 'Z'))
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text.substr(0, text.find('\n'));
}

void allow_extras(CLI::App& command) {
  command.allow_extras();
  for (CLI::App* inner : command.get_subcommands({})) allow_extras(*inner);
}

/// "cnnctl checkpoint diff"
std::string full_name(const CLI::App& command) {
  const CLI::App* above = command.get_parent();
  return above ? full_name(*above) + " " + command.get_name() : command.get_name();
}

HelpEntry entry_of(const CLI::Option& option) {
  const bool positional = option.get_positional();
  std::string name = positional ? option.get_single_name() : option.get_name(false, true);
  for (std::size_t comma = name.find(','); comma != std::string::npos; comma = name.find(',', comma + 2))
    name.replace(comma, 1, ", ");
  return {.name = name,
          .value = option.get_type_name(),
          .help = option.get_description(),
          .positional = positional,
          .required = option.get_required()};
}

/// The page of one command, from what was declared.
std::string page_of(const CLI::App& command, const std::string& intro) {
  HelpPage page;
  page.command = full_name(command);
  page.intro = intro.empty() ? command.get_description() : intro;
  for (const CLI::Option* option : command.get_options({})) page.arguments.push_back(entry_of(*option));
  for (const CLI::App* inner : command.get_subcommands({}))
    page.commands.push_back({.name = inner->get_name(), .value = "", .help = inner->get_description()});
  return help_text(page);
}

std::string hint(const CLI::App& command) { return fmt::format(" (see {} --help)", full_name(command)); }

/// The innermost command that was named.
const CLI::App& chosen_below(const CLI::App& app) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

/// Words that no option or argument took: slips of the pen, most of the time.
void refuse_extras(const CLI::App& root, const CLI::App& command) {
  for (const CLI::App* inner : command.get_subcommands()) refuse_extras(root, *inner);
  const std::vector<std::string> extras = command.remaining();
  if (extras.empty()) return;
  std::string word = extras.front();
  for (const std::string& extra : extras) {
    if (!extra.starts_with("-")) continue;
    word = extra.substr(0, extra.find('='));
    break;
  }
  const bool is_option = word.starts_with("-");
  std::vector<std::string> names;
  if (is_option) {
    for (const CLI::Option* option : command.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  } else {
    for (const CLI::App* inner : command.get_subcommands({})) names.push_back(inner->get_name());
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const char* what = is_option ? "unknown option" : names.empty() ? "unexpected argument" : "unknown command";
  throw UsageError(fmt::format("{} '{}'{}{}", what, word, did_you_mean(word, candidates), hint(chosen_below(root))));
}

}  // namespace

void Command::text(const Argument& argument, std::string& value) {
  described(app_->add_option(argument.name, value, argument.help), argument);
}

void Command::texts(const Argument& argument, std::vector<std::string>& values) {
  described(app_->add_option(argument.name, values, argument.help), argument);
}

void Command::repeated(const Argument& argument, std::vector<std::string>& values) {
  const auto add = [&values](const std::vector<std::string>& more) {
    values.insert(values.end(), more.begin(), more.end());
  };
  described(app_->add_option_function<std::vector<std::string>>(argument.name, add, argument.help), argument)
      .allow_extra_args(false);
}

void Command::flag(const Argument& argument, bool& value) { app_->add_flag(argument.name, value, argument.help); }

void Command::number(const Argument& argument, double& value, Range range) {
  const auto take = [&value, range, name = argument.name](const std::string& text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= range.least && value <= range.most))
      throw CLI::ValidationError(name,
                                 fmt::format("'{}' is not a number from {:g} to {:g}", text, range.least, range.most));
  };
  add_word(*app_, argument, take);
}

void Command::whole_number(const Argument& argument, std::int64_t least, std::int64_t most,
                           std::function<void(std::int64_t)> take) {
  add_word(*app_, argument, [=, name = argument.name, take = std::move(take)](const std::string& text) {
    take(to_whole(name, text, least, most));
  });
}

void Command::whole_numbers(const Argument& argument, std::int64_t least, std::int64_t most,
                            std::function<void(std::span<const std::int64_t>)> take) {
  add_word(*app_, argument, [=, name = argument.name, take = std::move(take)](const std::string& text) {
    std::vector<std::int64_t> numbers;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      numbers.push_back(to_whole(name, std::string_view(text).substr(begin, end - begin), least, most));
      begin = end + 1;
    }
    take(numbers);
  });
}

void Command::word(const Argument& argument, const std::vector<std::string>& words,
                   std::function<void(std::size_t)> take) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : "|") + word;
  const auto parse = [=, name = argument.name, take = std::move(take)](const std::string& text) {
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) throw UsageError(fmt::format("{}: '{}' is none of {}", name, text, all));
    take(static_cast<std::size_t>(found - words.begin()));
  };
  add_word(*app_, {argument.name, all, argument.help, argument.required}, parse);
}

void Command::needs(const std::string& name, const std::string& other) {
  app_->get_option(name)->needs(app_->get_option(other));
}

Command Command::command(const std::string& name, const std::string& help, std::function<void()> chosen) {
  app_->require_subcommand(1);
  CLI::App* inner = app_->add_subcommand(name, help);
  inner->set_help_flag("-h,--help", "print this");
  inner->callback(std::move(chosen));
  return Command(*inner);
}

struct CommandLine::Impl {
  CLI::App app;
  std::string intro, version;
  bool wants_version = false;
  std::vector<std::string> topic;  // of the command `help`
  Task action;
};

CommandLine::CommandLine(std::string name, std::string intro, std::string version) : impl_(std::make_unique<Impl>()) {
  impl_->intro = std::move(intro);
  impl_->version = std::move(version);
  impl_->app.name(std::move(name));
  impl_->app.set_help_flag("-h,--help", "print this");
  impl_->app.add_flag("-V,--version", impl_->wants_version, "print the version");
  impl_->app.allow_extras();
}

CommandLine::~CommandLine() = default;

Command CommandLine::command(const std::string& name, const std::string& help, Task action) {
  CLI::App* command = impl_->app.add_subcommand(name, help);
  command->set_help_flag("-h,--help", "print this");
  // Before what is parsed for it, so that commands which share their options can tell which one was named.
  command->preparse_callback([this, action = std::move(action)](std::size_t) { impl_->action = action; });
  return Command(*command);
}

std::string CommandLine::help() const { return page_of(impl_->app, impl_->intro); }

Task CommandLine::parse(int argc, const char* const* argv, const std::function<void(const std::string&)>& print) {
  CLI::App& app = impl_->app;
  // `cnnctl help train` is `cnnctl train --help`, and `cnnctl help` is `cnnctl --help`.
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.push_back("--help");
  }
  for (CLI::App* command : app.get_subcommands({})) allow_extras(*command);
  try {
    std::reverse(words.begin(), words.end());  // as the library asks for
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    refuse_extras(app, app);
    const CLI::App& command = chosen_below(app);
    print(page_of(command, &command == &app ? impl_->intro : ""));
    return {};
  } catch (const CLI::ParseError& error) {
    refuse_extras(app, app);  // a slip of the pen is the likelier reason
    throw UsageError(sentence(error.what()) + hint(chosen_below(app)));
  }
  refuse_extras(app, app);
  if (!impl_->wants_version) return impl_->action;
  print(impl_->version + "\n");
  return {};
}

}  // namespace cnnctl::cli
