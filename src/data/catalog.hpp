// The entries of the dataset and transform catalogues: each is defined in the file of its name.
#pragma once

#include "data/dataset.hpp"
#include "data/transform.hpp"

namespace cnnctl {

extern const Kind<Dataset> kIdxKind, kCifarKind, kImageFolderKind, kSyntheticKind;
extern const Kind<Transform> kRandomCropKind, kHorizontalFlipKind, kVerticalFlipKind, kRandomAffineKind;

}  // namespace cnnctl
