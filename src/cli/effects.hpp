// Which keys of a configuration a command uses. An override of any other would be taken and change nothing, which is
// never what was meant. Knows keys; knows no command's work.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cnnctl::cli {

enum class Uses {
  eval,           // of a checkpoint, which keeps how its pictures are prepared
  eval_weights,   // of a configuration with weights from elsewhere
  infer,          // of a checkpoint
  infer_weights,  // as above
  bench,
  summary,
};

/// Whether a command reads what stands at a path of the configuration ("data.size"), or at a part of it. True for what
/// is no key at all: whoever reads the configuration says so.
bool has_effect(Uses command, std::string_view path);

/// Throws UsageError, saying why, for the first override (KEY=VALUE) that has no effect; and for one that is none.
void require_effect(Uses command, const std::vector<std::string>& overrides);

}  // namespace cnnctl::cli
