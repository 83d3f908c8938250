// auto_augment - one of 25 pairs of operations that were learned for a set (Cubuk et al., "AutoAugment: learning
// augmentation policies from data", 2018), as torchvision's AutoAugment.
#include <array>

#include "data/transforms/automatic.hpp"

namespace cnnctl {

enum class Policy { imagenet, cifar10, svhn };
template <>
struct Words<Policy> {
  static constexpr std::pair<std::string_view, Policy> list[] = {
      {"imagenet", Policy::imagenet}, {"cifar10", Policy::cifar10}, {"svhn", Policy::svhn}};
};

namespace {

/// An operation, how often it acts, and how strongly, of 10 steps.
struct Step {
  Operation operation;
  double p;
  std::int64_t bin;
};
using Pair = std::array<Step, 2>;

constexpr std::array<Pair, 25> kImagenet = {{
    {{{Operation::posterize, 0.4, 8}, {Operation::rotate, 0.6, 9}}},
    {{{Operation::solarize, 0.6, 5}, {Operation::autocontrast, 0.6, 0}}},
    {{{Operation::equalize, 0.8, 0}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::posterize, 0.6, 7}, {Operation::posterize, 0.6, 6}}},
    {{{Operation::equalize, 0.4, 0}, {Operation::solarize, 0.2, 4}}},
    {{{Operation::equalize, 0.4, 0}, {Operation::rotate, 0.8, 8}}},
    {{{Operation::solarize, 0.6, 3}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::posterize, 0.8, 5}, {Operation::equalize, 1, 0}}},
    {{{Operation::rotate, 0.2, 3}, {Operation::solarize, 0.6, 8}}},
    {{{Operation::equalize, 0.6, 0}, {Operation::posterize, 0.4, 6}}},
    {{{Operation::rotate, 0.8, 8}, {Operation::color, 0.4, 0}}},
    {{{Operation::rotate, 0.4, 9}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::equalize, 0, 0}, {Operation::equalize, 0.8, 0}}},
    {{{Operation::invert, 0.6, 0}, {Operation::equalize, 1, 0}}},
    {{{Operation::color, 0.6, 4}, {Operation::contrast, 1, 8}}},
    {{{Operation::rotate, 0.8, 8}, {Operation::color, 1, 2}}},
    {{{Operation::color, 0.8, 8}, {Operation::solarize, 0.8, 7}}},
    {{{Operation::sharpness, 0.4, 7}, {Operation::invert, 0.6, 0}}},
    {{{Operation::shear_x, 0.6, 5}, {Operation::equalize, 1, 0}}},
    {{{Operation::color, 0.4, 0}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::equalize, 0.4, 0}, {Operation::solarize, 0.2, 4}}},
    {{{Operation::solarize, 0.6, 5}, {Operation::autocontrast, 0.6, 0}}},
    {{{Operation::invert, 0.6, 0}, {Operation::equalize, 1, 0}}},
    {{{Operation::color, 0.6, 4}, {Operation::contrast, 1, 8}}},
    {{{Operation::equalize, 0.8, 0}, {Operation::equalize, 0.6, 0}}},
}};

constexpr std::array<Pair, 25> kCifar10 = {{
    {{{Operation::invert, 0.1, 0}, {Operation::contrast, 0.2, 6}}},
    {{{Operation::rotate, 0.7, 2}, {Operation::translate_x, 0.3, 9}}},
    {{{Operation::sharpness, 0.8, 1}, {Operation::sharpness, 0.9, 3}}},
    {{{Operation::shear_y, 0.5, 8}, {Operation::translate_y, 0.7, 9}}},
    {{{Operation::autocontrast, 0.5, 0}, {Operation::equalize, 0.9, 0}}},
    {{{Operation::shear_y, 0.2, 7}, {Operation::posterize, 0.3, 7}}},
    {{{Operation::color, 0.4, 3}, {Operation::brightness, 0.6, 7}}},
    {{{Operation::sharpness, 0.3, 9}, {Operation::brightness, 0.7, 9}}},
    {{{Operation::equalize, 0.6, 0}, {Operation::equalize, 0.5, 0}}},
    {{{Operation::contrast, 0.6, 7}, {Operation::sharpness, 0.6, 5}}},
    {{{Operation::color, 0.7, 7}, {Operation::translate_x, 0.5, 8}}},
    {{{Operation::equalize, 0.3, 0}, {Operation::autocontrast, 0.4, 0}}},
    {{{Operation::translate_y, 0.4, 3}, {Operation::sharpness, 0.2, 6}}},
    {{{Operation::brightness, 0.9, 6}, {Operation::color, 0.2, 8}}},
    {{{Operation::solarize, 0.5, 2}, {Operation::invert, 0, 0}}},
    {{{Operation::equalize, 0.2, 0}, {Operation::autocontrast, 0.6, 0}}},
    {{{Operation::equalize, 0.2, 0}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::color, 0.9, 9}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::autocontrast, 0.8, 0}, {Operation::solarize, 0.2, 8}}},
    {{{Operation::brightness, 0.1, 3}, {Operation::color, 0.7, 0}}},
    {{{Operation::solarize, 0.4, 5}, {Operation::autocontrast, 0.9, 0}}},
    {{{Operation::translate_y, 0.9, 9}, {Operation::translate_y, 0.7, 9}}},
    {{{Operation::autocontrast, 0.9, 0}, {Operation::solarize, 0.8, 3}}},
    {{{Operation::equalize, 0.8, 0}, {Operation::invert, 0.1, 0}}},
    {{{Operation::translate_y, 0.7, 9}, {Operation::autocontrast, 0.9, 0}}},
}};

constexpr std::array<Pair, 25> kSvhn = {{
    {{{Operation::shear_x, 0.9, 4}, {Operation::invert, 0.2, 0}}},
    {{{Operation::shear_y, 0.9, 8}, {Operation::invert, 0.7, 0}}},
    {{{Operation::equalize, 0.6, 0}, {Operation::solarize, 0.6, 6}}},
    {{{Operation::invert, 0.9, 0}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::equalize, 0.6, 0}, {Operation::rotate, 0.9, 3}}},
    {{{Operation::shear_x, 0.9, 4}, {Operation::autocontrast, 0.8, 0}}},
    {{{Operation::shear_y, 0.9, 8}, {Operation::invert, 0.4, 0}}},
    {{{Operation::shear_y, 0.9, 5}, {Operation::solarize, 0.2, 6}}},
    {{{Operation::invert, 0.9, 0}, {Operation::autocontrast, 0.8, 0}}},
    {{{Operation::equalize, 0.6, 0}, {Operation::rotate, 0.9, 3}}},
    {{{Operation::shear_x, 0.9, 4}, {Operation::solarize, 0.3, 3}}},
    {{{Operation::shear_y, 0.8, 8}, {Operation::invert, 0.7, 0}}},
    {{{Operation::equalize, 0.9, 0}, {Operation::translate_y, 0.6, 6}}},
    {{{Operation::invert, 0.9, 0}, {Operation::equalize, 0.6, 0}}},
    {{{Operation::contrast, 0.3, 3}, {Operation::rotate, 0.8, 4}}},
    {{{Operation::invert, 0.8, 0}, {Operation::translate_y, 0, 2}}},
    {{{Operation::shear_y, 0.7, 6}, {Operation::solarize, 0.4, 8}}},
    {{{Operation::invert, 0.6, 0}, {Operation::rotate, 0.8, 4}}},
    {{{Operation::shear_y, 0.3, 7}, {Operation::translate_x, 0.9, 3}}},
    {{{Operation::shear_x, 0.1, 6}, {Operation::invert, 0.6, 0}}},
    {{{Operation::solarize, 0.7, 2}, {Operation::translate_y, 0.6, 7}}},
    {{{Operation::shear_y, 0.8, 4}, {Operation::invert, 0.8, 0}}},
    {{{Operation::shear_x, 0.7, 9}, {Operation::translate_y, 0.8, 3}}},
    {{{Operation::shear_y, 0.8, 5}, {Operation::autocontrast, 0.7, 0}}},
    {{{Operation::shear_x, 0.7, 2}, {Operation::invert, 0.1, 0}}},
}};

class AutoAugment final : public AutomaticTransform {
 public:
  void settings(Fields& f) override {
    f.shorthand("policy");
    f.optional("policy", policy_, "the set that the operations were learned for");
    common_settings(f);
  }

 protected:
  void choose(std::span<Plane> planes, Rng& rng) const override {
    const std::array<Pair, 25>& pairs = policy_ == Policy::imagenet  ? kImagenet
                                        : policy_ == Policy::cifar10 ? kCifar10
                                                                     : kSvhn;
    const PlaneSize size{planes[0].height, planes[0].width};
    for (const Step& step : pairs[static_cast<std::size_t>(draw_below(std::ssize(pairs), rng))])
      if (static_cast<double>(rng.uniform()) < step.p)
        either_way(planes, step.operation, strength_of(step.operation, step.bin, 10, size), rng);
  }

 private:
  Policy policy_ = Policy::imagenet;
};

}  // namespace

constexpr Kind<Transform> kAutoAugmentKind = kind_of<Transform, AutoAugment>(
    "auto_augment",
    "one of 25 learned pairs of operations\n"
    "one random pair of operations of a learnt policy, each with its chance and strength\n"
    "Cubuk et al., \"AutoAugment\", CVPR 2019",
    "{policy: cifar10}");

}  // namespace cnnctl
