// The entries of the dataset and transform catalogues: each is defined in the file of its name.
#pragma once

#include "data/dataset.hpp"
#include "data/transform.hpp"

namespace cnnctl {

extern const Kind<Dataset> kIdxKind, kCifarKind, kImageFolderKind, kSyntheticKind;
extern const Kind<Transform> kAutoAugmentKind, kCenterCropKind, kColorJitterKind, kCutmixKind, kCutoutKind,
    kElasticTransformKind, kGaussianBlurKind, kGaussianNoiseKind, kHorizontalFlipKind, kJpegKind, kMixupKind,
    kMotionBlurKind, kPadKind, kRandAugmentKind, kRandomAdjustSharpnessKind, kRandomAffineKind, kRandomAutocontrastKind,
    kRandomBarsKind, kRandomCropKind, kRandomEqualizeKind, kRandomErasingKind, kRandomGammaKind, kRandomGrayscaleKind,
    kRandomInvertKind, kRandomPerspectiveKind, kRandomPosterizeKind, kRandomResizedCropKind, kRandomRotationKind,
    kRandomSolarizeKind, kSaltAndPepperKind, kShotNoiseKind, kTrivialAugmentKind, kVerticalFlipKind;

}  // namespace cnnctl
