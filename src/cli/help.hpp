// The text of help pages: at most 80 columns, no word broken. Knows paragraphs and columns; knows no command.
#pragma once

#include <string>
#include <vector>

namespace cnnctl::cli {

/// One line of a list: an argument, an option or a command.
struct HelpEntry {
  std::string name;   // "config", "-h, --help", "train"
  std::string value;  // "N"; for a positional argument what stands in its place: "CONFIG"
  std::string help;
  bool positional = false, required = false;
};

struct HelpPage {
  std::string command;  // "cnnctl checkpoint diff"
  std::string intro;    // stands above, as it is
  std::vector<HelpEntry> arguments, commands;
};

std::string help_text(const HelpPage& page);

}  // namespace cnnctl::cli
