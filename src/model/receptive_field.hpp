// How much of a network's input one position of a layer's output sees, and how far apart neighbours look.
// Araujo, Norris, Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "model/network.hpp"

namespace cnnctl {

/// Along each axis of the input, in its positions.
struct ReceptiveField {
  std::vector<std::int64_t> size;  // it may reach beyond the input's edge
  std::vector<double> stride;
  bool whole =
      false;  // layers that join all positions have made it so: every output sees as much, and there is no stride

  bool operator==(const ReceptiveField&) const = default;
};

/// Of each layer's output, in their order: size + (window - 1) * stride and stride * the layer's own, from 1 and 1 at
/// the input. Of several inputs of a layer those with the most positions count, and of these the largest field: a gate
/// that is computed from all of the picture, as in squeeze-and-excitation, does not make it seen. Nor do the means of
/// normalisation.
std::vector<ReceptiveField> receptive_fields(const Network& network);

/// On the way back from the network's first output, the first layer whose outputs do not see all of the input, or none.
std::optional<std::size_t> last_with_positions(const Network& network, const std::vector<ReceptiveField>& fields);

}  // namespace cnnctl
