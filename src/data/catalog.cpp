#include "data/catalog.hpp"

namespace cnnctl {

const Catalog<Dataset>& datasets() {
  static constexpr const Kind<Dataset>* kinds[] = {&kIdxKind, &kCifarKind, &kImageFolderKind, &kSyntheticKind};
  static constexpr Catalog<Dataset> catalog("dataset format", kinds);
  return catalog;
}

const Catalog<Transform>& transforms() {
  static constexpr const Kind<Transform>* kinds[] = {
      &kRandomCropKind,
      &kCenterCropKind,
      &kRandomResizedCropKind,
      &kPadKind,
      &kHorizontalFlipKind,
      &kVerticalFlipKind,
      &kRandomRotationKind,
      &kRandomAffineKind,
      &kRandomPerspectiveKind,
      &kElasticTransformKind,
      &kColorJitterKind,
      &kRandomGammaKind,
      &kRandomGrayscaleKind,
      &kRandomInvertKind,
      &kRandomPosterizeKind,
      &kRandomSolarizeKind,
      &kRandomEqualizeKind,
      &kRandomAutocontrastKind,
      &kRandomAdjustSharpnessKind,
      &kGaussianBlurKind,
      &kMotionBlurKind,
      &kGaussianNoiseKind,
      &kSaltAndPepperKind,
      &kShotNoiseKind,
      &kJpegKind,
      &kRandomErasingKind,
      &kCutoutKind,
      &kRandomBarsKind,
      &kRandAugmentKind,
      &kTrivialAugmentKind,
      &kAutoAugmentKind,
      &kMixupKind,
      &kCutmixKind,
  };
  static constexpr Catalog<Transform> catalog("transform", kinds);
  return catalog;
}

}  // namespace cnnctl
