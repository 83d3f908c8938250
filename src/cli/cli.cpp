#include "cli/cli.hpp"

#include <csignal>

#include "base/error.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"

namespace cnnctl::cli {
namespace {

constexpr const char* kExamples = R"(cnnctl trains convolutional neural networks from one YAML file, on CPUs.

Examples:
  cnnctl train configs/lenet.yaml             train, one epoch a line
  cnnctl train configs/lenet.yaml optimizer.lr=0.01 train.epochs=3
  cnnctl train --resume runs/lenet/003        go on as if never interrupted
  cnnctl eval runs/lenet/003                  loss and accuracy on the test set
  cnnctl infer runs/lenet/003 cat.jpg photos/ the most likely classes
  cnnctl lr-find configs/lenet.yaml           which learning rate to begin with
  cnnctl summary configs/lenet.yaml           layers, shapes, parameters, memory
  cnnctl layers conv2d                        what a layer's fields mean
)";

}  // namespace

Task parse_command_line(int argc, const char* const* argv, Options& options,
                        const std::function<void(const std::string&)>& print) {
  CommandLine line("cnnctl", kExamples, tool_version());
  setup(line, options.train);
  setup(line, options.eval);
  setup(line, options.infer);
  setup(line, options.summary);
  setup(line, options.bench);
  setup(line, options.checkpoint);
  setup(line, options.config);
  setup(line, options.lr_find);
  setup(line, options.repro);
  setup(line, options.replay);
  setup(line, options.reference);
  setup(line, options.version);
  if (argc >= 2) return line.parse(argc, argv, print);
  print(line.help());
  return {};
}

int run_command_line(int argc, const char* const* argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write, with a message
  Options options;
  const Task task = parse_command_line(argc, argv, options, print);
  return task ? task() : static_cast<int>(ExitCode::done);
}

}  // namespace cnnctl::cli
