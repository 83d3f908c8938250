// A classifier made fully convolutional: what reads all of a picture at once becomes a convolution as large as the
// picture, which slides over larger ones. Knows layers by their words; computes nothing.
// Long, Shelhamer, Darrell, "Fully convolutional networks for semantic segmentation", CVPR 2015, section 3.1.
#pragma once

#include "model/network.hpp"

namespace cnnctl {

/// The same network with flatten left out and linear layers as conv2d of the spatial size that they read, 1x1 behind
/// the first; global pooling becomes pooling in windows of the size of its input, without a step between them; adaptive
/// pooling behind which all is flattened becomes pooling in windows of its size, or nothing. The mean over all places
/// follows each output that was a vector, under the name `<output>.mean`, unless `maps`. Parameters keep their names
/// and their values in a file's order; at the original size the outputs are the same. Throws ConfigError, at the layer,
/// for what has no such counterpart, and if nothing changes.
ModelSpec fully_convolutional(const Network& network, bool maps);

/// What an output is called behind which a mean was put.
std::string mean_of(const std::string& output);

}  // namespace cnnctl
