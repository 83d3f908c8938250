// Keys at the top of a configuration that belong into one of its sections: `epochs=2` for train.epochs.
#pragma once

#include "config/node.hpp"

namespace cnnctl {

/// Reports every such key with the path that was meant, and takes it out of `root`.
void refuse_misplaced(Node& root, Diagnostics& diagnostics);

}  // namespace cnnctl
