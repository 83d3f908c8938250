#include "cli/cli.hpp"

#include <fmt/format.h>

#include <csignal>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

constexpr const char* kExamples = R"(cnnctl trains convolutional neural networks from one YAML file, on CPUs.

Examples:
  cnnctl train configs/lenet.yaml                  train, one epoch a line
  cnnctl train configs/lenet.yaml optimizer.lr=0.01 train.epochs=3
  cnnctl train --resume runs/lenet/003             go on as if never interrupted
  cnnctl eval runs/lenet/003                       loss and accuracy on the test set
  cnnctl infer runs/lenet/003 cat.jpg photos/      the most likely classes
  cnnctl summary configs/lenet.yaml                layers, shapes, parameters, memory
  cnnctl layers conv2d                             what a layer's fields mean
)";

using Action = std::function<int()>;

/// One object that holds the options of every command and knows which one was chosen.
class CommandLine {
 public:
  CommandLine() {
    app_.name("cnnctl");
    app_.set_version_flag("--version", tool_version());
    app_.allow_extras();
    app_.option_defaults()->always_capture_default(false);
    std::apply([this](auto&... options) { (add(options), ...); }, first_);
    std::vector<CLI::App*> references;
    setup(app_, reference_, references);
    for (CLI::App* command : references) bind(command, reference_);
    add(version_);
    for (CLI::App* command : app_.get_subcommands({})) allow_extras(*command);
  }

  /// Returns what to do; nothing if help was printed.
  Action parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::Success& success) {
      print_help(success);
      return {};
    } catch (const CLI::ParseError& error) {
      refuse_extras(app_);  // a slip of the pen is the likelier reason
      throw UsageError(sentence(error.what()) + hint());
    }
    refuse_extras(app_);
    return action_;
  }

  std::string help() { return app_.help(); }

 private:
  template <class Options>
  void add(Options& options) {
    bind(setup(app_, options), options);
  }
  template <class Options>
  void bind(CLI::App* command, Options& options) {
    command->callback([this, &options] { action_ = [&options] { return run(options); }; });
  }

  static void allow_extras(CLI::App& command) {
    command.allow_extras();
    for (CLI::App* inner : command.get_subcommands({})) allow_extras(*inner);
  }

  /// The innermost command that was named.
  const CLI::App* chosen() const {
    const CLI::App* command = &app_;
    while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
    return command;
  }

  std::string hint() const {
    const CLI::App* command = chosen();
    std::string name = command->get_name();
    for (const CLI::App* above = command->get_parent(); above; above = above->get_parent())
      name = above->get_name() + " " + name;
    return fmt::format(" (see {} --help)", name);
  }

  void print_help(const CLI::Success& success) {
    std::ostringstream out, err;
    app_.exit(success, out, err);
    print(chosen() == &app_ && dynamic_cast<const CLI::CallForHelp*>(&success) ? kExamples + ("\n" + out.str())
                                                                               : out.str());
  }

  /// The library's message as ours: without a capital, without line breaks.
  static std::string sentence(std::string text) {
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && (text[1] < 'A' || text[1] > 'Z'))
      text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text.substr(0, text.find('\n'));
  }

  /// Words that no option or argument took: slips of the pen, most of the time.
  void refuse_extras(const CLI::App& command) const {
    for (const CLI::App* inner : command.get_subcommands()) refuse_extras(*inner);
    const std::vector<std::string> extras = command.remaining();
    if (extras.empty()) return;
    std::string word = extras.front();
    for (const std::string& extra : extras) {
      if (extra.starts_with("-")) {
        word = extra.substr(0, extra.find('='));
        break;
      }
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
    throw UsageError(fmt::format("{} '{}'{}{}", what, word, did_you_mean(word, candidates), hint()));
  }

  CLI::App app_{"", "cnnctl"};
  std::tuple<TrainOptions, EvalOptions, InferOptions, SummaryOptions, BenchOptions, CheckpointOptions, ConfigOptions>
      first_;
  ReferenceOptions reference_;
  VersionOptions version_;
  Action action_;
};

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write, with a message
  CommandLine line;
  if (argc < 2) {
    print(kExamples + ("\n" + line.help()));
    return static_cast<int>(ExitCode::done);
  }
  const Action action = line.parse(argc, argv);
  return action ? action() : static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
