// Input gradient of convolutions of images with few channels: see conv_col2im.cpp.
#pragma once

#include "kernels/conv/algorithm.hpp"

namespace cnnctl::kernels {

/// What col2im needs for a geometry that kCol2imInput applies to.
ConvNeeds col2im_needs(const ConvGeometry& g);

/// dx = what the windows of dy send back, then as the epilogue says; prepared (KH, K, KW * C).
void col2im(const Workers& workers, const ConvGeometry& g, const real* dy, const real* prepared,
            const Epilogue& epilogue, real* dx, const ConvScratch& scratch);

}  // namespace cnnctl::kernels
