#include "data/catalog.hpp"

namespace cnnctl {

const Catalog<Dataset>& datasets() {
  static constexpr const Kind<Dataset>* kinds[] = {&kIdxKind, &kCifarKind, &kImageFolderKind, &kSyntheticKind};
  static constexpr Catalog<Dataset> catalog("dataset format", kinds);
  return catalog;
}

const Catalog<Transform>& transforms() {
  static constexpr const Kind<Transform>* kinds[] = {&kRandomCropKind, &kHorizontalFlipKind, &kVerticalFlipKind,
                                                     &kRandomAffineKind};
  static constexpr Catalog<Transform> catalog("transform", kinds);
  return catalog;
}

}  // namespace cnnctl
