// The list of all layers, in the order of the documentation. A layer is one file and two lines here.
#include "layers/layer.hpp"

namespace cnnctl {

extern const Kind<Layer> kConv1d, kConv2d, kConv3d, kConvTranspose1d, kConvTranspose2d, kConvTranspose3d, kMaxPool1d,
    kMaxPool2d, kMaxPool3d, kAvgPool1d, kAvgPool2d, kAvgPool3d, kGlobalAvgPool, kGlobalMaxPool, kAdaptiveAvgPool2d,
    kLinear, kFlatten, kReshape, kPermute, kPixelShuffle, kPad, kUpsample, kRelu, kRelu6, kLeakyRelu, kPrelu, kElu,
    kSelu, kCelu, kGelu, kSilu, kMish, kHardSwish, kHardSigmoid, kHardTanh, kSoftplus, kSoftsign, kSigmoid, kTanh,
    kSoftmax, kLogSoftmax, kDropout, kDropout2d, kStochasticDepth, kGaussianNoise, kBatchNorm1d, kBatchNorm2d,
    kLayerNorm, kBatchNorm3d, kGroupNorm, kInstanceNorm, kLocalResponseNorm, kRnn, kLstm, kGru, kAdd, kMul, kScale,
    kChannelScale, kConcat, kSlice, kChunk, kChannelShuffle;

namespace {

constexpr const Kind<Layer>* kLayers[] = {&kConv1d,
                                          &kConv2d,
                                          &kConv3d,
                                          &kConvTranspose1d,
                                          &kConvTranspose2d,
                                          &kConvTranspose3d,
                                          &kMaxPool1d,
                                          &kMaxPool2d,
                                          &kMaxPool3d,
                                          &kAvgPool1d,
                                          &kAvgPool2d,
                                          &kAvgPool3d,
                                          &kGlobalAvgPool,
                                          &kGlobalMaxPool,
                                          &kAdaptiveAvgPool2d,
                                          &kLinear,
                                          &kFlatten,
                                          &kReshape,
                                          &kPermute,
                                          &kPixelShuffle,
                                          &kPad,
                                          &kUpsample,
                                          &kRelu,
                                          &kRelu6,
                                          &kLeakyRelu,
                                          &kPrelu,
                                          &kElu,
                                          &kSelu,
                                          &kCelu,
                                          &kGelu,
                                          &kSilu,
                                          &kMish,
                                          &kHardSwish,
                                          &kHardSigmoid,
                                          &kHardTanh,
                                          &kSoftplus,
                                          &kSoftsign,
                                          &kSigmoid,
                                          &kTanh,
                                          &kSoftmax,
                                          &kLogSoftmax,
                                          &kDropout,
                                          &kDropout2d,
                                          &kStochasticDepth,
                                          &kGaussianNoise,
                                          &kBatchNorm1d,
                                          &kBatchNorm2d,
                                          &kLayerNorm,
                                          &kBatchNorm3d,
                                          &kGroupNorm,
                                          &kInstanceNorm,
                                          &kLocalResponseNorm,
                                          &kRnn,
                                          &kLstm,
                                          &kGru,
                                          &kAdd,
                                          &kMul,
                                          &kScale,
                                          &kChannelScale,
                                          &kConcat,
                                          &kSlice,
                                          &kChunk,
                                          &kChannelShuffle};
constexpr Catalog<Layer> kCatalog("layer", kLayers);

}  // namespace

const Catalog<Layer>& layers() { return kCatalog; }

}  // namespace cnnctl
