
#include "contract/lies.hpp"

namespace cnnctl::testing {

std::vector<Lie> lies_of_the_plan() {
  return {
      {law::kPlanIsPure, "asks for more each time", "relu", "", kImage,
       [](Liar& l) { l.plans = [n = 0U](Plan& p, const Inputs&) mutable { p.bytes.saved += 64 * ++n; }; }},
      {law::kParameters, "two parameters of one name", "linear", "4", kVector,
       [](Liar& l) { l.plans = [](Plan& p, const Inputs&) { p.parameters[1].name = "weight"; }; }},
      {law::kParameters, "an order that forgets a dimension", "conv2d", kConv, kImage,
       [](Liar& l) { l.plans = [](Plan& p, const Inputs&) { p.parameters[0].order[1] = 0; }; }},
      {law::kMacs, "half of its work", "conv2d", kConv, kImage,
       [](Liar& l) { l.plans = [](Plan& p, const Inputs&) { p.macs /= 2; }; }},
      {law::kAlgorithm, "two names for three passes", "linear", "4", kVector,
       [](Liar& l) { l.plans = [](Plan& p, const Inputs&) { p.algorithm = "gemm / sums"; }; }},
      {law::kSizesInPlace, "in place though smaller", "max_pool2d", "2", kImage,
       [](Liar& l) { l.plans = [](Plan& p, const Inputs&) { p.in_place.forward = true; }; }},
      {law::kTraits, "the identity in inference", "tanh", "", kImage,
       [](Liar& l) { l.claims = [](Traits) { return Traits{.identity_in_inference = true}; }; }},
      {law::kTraits, "another activation", "tanh", "", kImage,
       [](Liar& l) {
         l.claims = [](Traits) { return Traits{.activation = kernels::Activation{kernels::Activation::Type::relu}}; };
       }},
      {law::kTraits, "windows side by side that are not", "max_pool2d", kWindows, kImage,
       [](Liar& l) { l.claims = [](Traits) { return Traits{.max_pool = true, .max_pool_2x2 = true}; }; }},
      {law::kFusion,
       "fuses and forgets",
       "linear",
       "4",
       kVector,
       [](Liar& l) { l.fuses_anything = true; },
       {"tanh", ""}},
      {law::kAllWritten, "a parameter that is not there", "linear", "4", kVector,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) {
           p.parameters.push_back(p.parameters[1]);
           p.parameters.back().name = "shift";
         };
       }},
      {law::kOwnMemory, "a bias one element short", "linear", "4", kVector,
       [](Liar& l) { l.plans = [](Plan& p, const Inputs&) { p.parameters[1].shape[0] -= 1; }; }},
  };
}

}  // namespace cnnctl::testing
