// The list of all layers, in the order of the documentation. A layer is one file and two lines here.
#include "layers/layer.hpp"

namespace cnnctl {

extern const Kind<Layer> kConv2d, kMaxPool2d, kAvgPool2d, kGlobalAvgPool, kGlobalMaxPool, kAdaptiveAvgPool2d, kLinear,
    kFlatten, kRelu, kRelu6, kLeakyRelu, kElu, kSelu, kCelu, kGelu, kSilu, kMish, kHardSwish, kHardSigmoid, kHardTanh,
    kSoftplus, kSoftsign, kSigmoid, kTanh, kSoftmax, kLogSoftmax, kDropout, kDropout2d, kStochasticDepth, kBatchNorm1d,
    kBatchNorm2d, kLayerNorm, kAdd, kMul, kScale, kChannelScale, kConcat, kSlice, kChannelShuffle;

namespace {

constexpr const Kind<Layer>* kLayers[] = {&kConv2d,
                                          &kMaxPool2d,
                                          &kAvgPool2d,
                                          &kGlobalAvgPool,
                                          &kGlobalMaxPool,
                                          &kAdaptiveAvgPool2d,
                                          &kLinear,
                                          &kFlatten,
                                          &kRelu,
                                          &kRelu6,
                                          &kLeakyRelu,
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
                                          &kBatchNorm1d,
                                          &kBatchNorm2d,
                                          &kLayerNorm,
                                          &kAdd,
                                          &kMul,
                                          &kScale,
                                          &kChannelScale,
                                          &kConcat,
                                          &kSlice,
                                          &kChannelShuffle};
constexpr Catalog<Layer> kCatalog("layer", kLayers);

}  // namespace

const Catalog<Layer>& layers() { return kCatalog; }

}  // namespace cnnctl
