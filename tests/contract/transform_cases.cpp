#include "contract/transform_cases.hpp"

namespace cnnctl::testing {
namespace {

using Cases = std::vector<TransformCase>;

Cases of_places() {
  return {
      {"random_crop", "{size: [5, 4]}", true},
      {"random_crop", "1"},
      {"random_crop", "{padding: 3, fill: mean}"},
      {"random_crop", "{size: 1}"},
      {"random_crop", "{size: 4, padding: 2, fill: mean}"},
      {"random_crop", "{size: [24, 3], padding: 12}"},  // larger than some, smaller than others
      {"random_crop", "{size: [1, 20], padding: 40}"},  // often nothing of the picture
      {"random_crop", "{padding: 9, padding_mode: reflect}"},
      {"random_crop", "{size: 4, padding: 5, padding_mode: symmetric}"},
      {"center_crop", "{size: [5, 4]}", true},
      {"center_crop", "3"},
      {"center_crop", "{size: [20, 2], fill: mean}"},
      {"pad", "0", true},
      {"pad", "2"},
      {"pad", "{padding: 3, fill: mean}"},
      {"pad", "{padding: 5, padding_mode: edge}"},
      {"pad", "{padding: 20, padding_mode: reflect}"},
      {"horizontal_flip", "0", true},
      {"horizontal_flip", ""},
      {"horizontal_flip", "{p: 1}"},
      {"vertical_flip", "{p: 0}", true},
      {"vertical_flip", "0.3"},
      {"vertical_flip", "1"},
      {"random_rotation", "0", true},
      {"random_rotation", "180"},
      {"random_rotation", "{degrees: [30, 60], interpolation: bilinear, fill: mean}"},
      {"random_affine", "", true},
      {"random_affine", "180"},
      {"random_affine", "{translate: 1}"},
      {"random_affine", "{scale: [0.1, 10]}"},
      {"random_affine", "{scale: [2, 2]}"},
      {"random_affine", "{shear: 80, fill: mean}"},
      {"random_affine", "{shear_y: 70, interpolation: nearest}"},
      {"random_affine", "{degrees: 10, translate: 0.1, scale: [0.9, 1.1], shear: 5}"},
      {"random_perspective", "0", true},
      {"random_perspective", "{p: 0}", true},
      {"random_perspective", "{distortion_scale: 1, p: 1}"},
      {"random_perspective", "{distortion_scale: 0.5, p: 1, interpolation: nearest, fill: mean}"},
      {"elastic_transform", "0", true},
      {"elastic_transform", "{alpha: 5, sigma: 0}"},
      {"elastic_transform", "{alpha: 60, sigma: 2, fill: mean}"},
      {"elastic_transform", "{interpolation: nearest}"},
  };
}

Cases of_scales() {
  return {
      {"random_resized_crop", "{size: [5, 4], scale: [1, 1], ratio: [0.8, 0.8]}", true},
      {"random_resized_crop", "7"},
      {"random_resized_crop", "{size: [2, 3], scale: [0.01, 1], ratio: [0.1, 10]}"},
      {"random_resized_crop", "{size: [30, 20], interpolation: nearest}"},
  };
}

Cases of_colours() {
  return {
      {"color_jitter", "", true},
      {"color_jitter", "{brightness: 0.5}"},
      {"color_jitter", "{contrast: [0.2, 3]}"},
      {"color_jitter", "{saturation: 2}"},
      {"color_jitter", "{hue: 0.5}"},
      {"color_jitter", "{brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: [-0.2, 0.1], p: 0.5}"},
      {"random_gamma", "{gamma: [1, 1]}", true},
      {"random_gamma", ""},
      {"random_gamma", "{gamma: [0.1, 10]}"},
      {"random_grayscale", "0", true},
      {"random_grayscale", ""},
      {"random_grayscale", "0.5"},
      {"random_grayscale", "1"},
      {"random_invert", "0", true},
      {"random_invert", ""},
      {"random_invert", "1"},
      {"random_posterize", "8", true},
      {"random_posterize", "3"},
      {"random_posterize", "{bits: 0, p: 1}"},
      {"random_solarize", "{threshold: 0, p: 0}", true},
      {"random_solarize", "128"},
      {"random_solarize", "{threshold: 0, p: 1}"},
      {"random_equalize", "0", true},
      {"random_equalize", ""},
      {"random_equalize", "1"},
      {"random_autocontrast", "0", true},
      {"random_autocontrast", ""},
      {"random_autocontrast", "1"},
      {"random_adjust_sharpness", "1", true},
      {"random_adjust_sharpness", "0"},
      {"random_adjust_sharpness", "{sharpness_factor: 3, p: 1}"},
      {"gaussian_blur", "1", true},
      {"gaussian_blur", "5"},
      {"gaussian_blur", "{kernel_size: [1, 9], sigma: 3, p: 0.5}"},
      {"motion_blur", "{length: [1, 1]}", true},
      {"motion_blur", ""},
      {"motion_blur", "{length: [2, 40], degrees: 10}"},
      {"gaussian_noise", "0", true},
      {"gaussian_noise", ""},
      {"gaussian_noise", "{sigma: 0.5, mean: -0.3, clip: false, p: 0.5}"},
      {"salt_and_pepper", "0", true},
      {"salt_and_pepper", ""},
      {"salt_and_pepper", "1"},
      {"shot_noise", "{p: 0}", true},
      {"shot_noise", ""},
      {"shot_noise", "{photons: [1, 1000000]}"},
      {"jpeg", "{quality: 1, p: 0}", true},
      {"jpeg", "[1, 100]"},
      {"jpeg", "{quality: 50, p: 0.5}"},
      {"random_erasing", "0", true},
      {"random_erasing", ""},
      {"random_erasing", "{p: 1, scale: [0.1, 0.9], fill: noise}"},
      {"cutout", "{length: 2, p: 0}", true},
      {"cutout", "3"},
      {"cutout", "{length: 2, holes: 4, fill: black}"},
      {"random_bars", "{width: [0, 0]}", true},
      {"random_bars", "3"},
      {"random_bars", "{width: [0.5, 1], fill: noise}"},
  };
}

Cases of_both() {
  return {
      {"rand_augment", "{num_ops: 0}", true},
      {"rand_augment", ""},
      {"rand_augment", "{num_ops: 4, magnitude: 30, fill: mean}"},
      {"rand_augment", "{num_ops: 1, magnitude: 20, interpolation: bilinear, p: 0.8}"},
      {"trivial_augment", "{p: 0}", true},
      {"trivial_augment", ""},
      {"trivial_augment", "{num_magnitude_bins: 2, interpolation: bilinear}"},
      {"auto_augment", "{p: 0}", true},
      {"auto_augment", ""},
      {"auto_augment", "cifar10"},
      {"auto_augment", "{policy: svhn, interpolation: bilinear, fill: mean}"},
  };
}

Cases all() {
  Cases together;
  const auto append = [&together](Cases cases, Change change) {
    for (TransformCase& c : cases) {
      c.change = change;
      together.push_back(std::move(c));
    }
  };
  append(of_places(), Change::places);
  append(of_scales(), Change::scale);
  append(of_colours(), Change::colours);
  append(of_both(), Change::both);
  return together;
}

}  // namespace

const std::vector<TransformCase>& transform_cases() {
  static const Cases cases = all();
  return cases;
}

bool is_fixed(const std::string& kind) { return kind == "center_crop" || kind == "pad"; }

}  // namespace cnnctl::testing
