
#include "contract/lies.hpp"

namespace cnnctl::testing {

std::vector<Lie> lies_of_backward() {
  const auto says = [](auto change) {
    return [change](Liar& l) { l.plans = [change](Plan& p, const Inputs&) { change(p); }; };
  };
  const auto gradients = [](bool accumulate) {
    return [accumulate](Liar& l) {
      l.backwards = [accumulate](const Liar& self, const Backward& b) {
        std::vector<Gradient> changed(b.input_gradients.begin(), b.input_gradients.end());
        for (Gradient& gradient : changed) gradient.accumulate = accumulate;
        Backward copy = b;
        copy.input_gradients = changed;
        self.truth->backward(copy);
      };
    };
  };
  return {
      {law::kInPlace, "in place though it reads neighbours", "avg_pool2d", kWindows, kImage,
       says([](Plan& p) { p.in_place.forward = true; })},
      {law::kInPlace, "in place though it turns values around", "max_pool2d", kWindows, kImage,
       says([](Plan& p) { p.in_place.forward = true; })},
      {law::kGradientInPlace, "backward in place though it reads neighbours", "avg_pool2d", kWindows, kImage,
       says([](Plan& p) { p.in_place.backward = true; })},
      {law::kGradientInPlace, "backward in place though its weights need the gradient", "linear", "12", kVector,
       says([](Plan& p) { p.in_place.backward = true; })},
      {law::kInputRead, "does not read its input", "linear", "4", kVector,
       says([](Plan& p) { p.reads.input = false; })},
      {law::kInputRead, "does not read its input", "conv2d", kConv, kImage,
       says([](Plan& p) { p.reads.input = false; })},
      {law::kOutputRead, "does not read its output", "softmax", "", kImage,
       says([](Plan& p) { p.reads.output = false; })},
      {law::kOutputRead, "does not read its output", "relu", "", kVector,
       says([](Plan& p) { p.reads.output = false; })},
      {law::kOthersRead, "reads its second input", "add", "", kTwoImages,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           self.truth->backward(b);
           real* const dx = b.input_gradients[0].data;
           if (dx != nullptr) dx[0] += real(1e-6) * b.inputs[1].data[0];
         };
       }},
      {law::kRecompute, "cheap though what it prepared is gone", "linear", "4", kVector,
       says([](Plan& p) { p.cheap = true; })},
      {law::kAccumulate, "writes where it should add", "tanh", "", kImage, gradients(false)},
      {law::kOldMemory, "adds where it should write", "avg_pool2d", kWindows, kImage, gradients(true)},
      {law::kOldMemory, "adds to the gradient of a parameter", "linear", "4", kVector,
       [](Liar& l) {
         l.finishes = [](const Liar& self, const Backward& b) {
           const real before = b.parameter_gradients[1][2];
           self.truth->summing()->backward_parameters(b);
           b.parameter_gradients[1][2] += before;
         };
       }},
      {law::kUnwanted, "writes where no gradient is wanted", "tanh", "", kImage,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           self.truth->backward(b);
           for (const Gradient& gradient : b.input_gradients)
             *const_cast<volatile real*>(gradient.data) = b.output_gradient.data[0];
         };
       }},
      {law::kUnwanted,
       "does nothing where no gradient is wanted",
       "linear",
       "12",
       kVector,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           if (b.input_gradients[0].data != nullptr) self.truth->backward(b);
         };
       },
       {"tanh", ""}},
      {law::kRows, "always the first rows", "linear", "4", kVector,
       [](Liar& l) {
         l.rows = [](const Liar& self, const Backward& b, std::int64_t, std::int64_t count) {
           self.truth->summing()->backward_rows(b, 0, count);
         };
       }},
      {law::kOwnMemory, "all rows though some are asked for", "linear", "4", kVector,
       [](Liar& l) {
         l.rows = [](const Liar& self, const Backward& b, std::int64_t, std::int64_t) {
           self.truth->summing()->backward_rows(b, 0, 4);
         };
       }},
      {law::kSums, "begins each sum anew", "conv2d", kConv, kImage,
       [](Liar& l) {
         l.adds = [](const Liar& self, const Backward& b, ParameterSums sums) {
           sums.first = true;
           self.truth->summing()->add_parameters(b, sums);
         };
       }},
      {law::kSums, "adds all to the first sum", "conv2d", kConv, kImage,
       [](Liar& l) {
         l.adds = [](const Liar& self, const Backward& b, ParameterSums sums) {
           sums.index = 0;
           self.truth->summing()->add_parameters(b, sums);
         };
       }},
      {law::kSumOrder, "a sum that knows which one was before", "conv2d", kConv, kImage,
       [](Liar& l) {
         l.adds = [](const Liar& self, const Backward& b, ParameterSums sums) {
           self.truth->summing()->add_parameters(b, sums);
           if (sums.index == 1) reinterpret_cast<real*>(sums.memory)[0] += real(1e-3) * self.kept;
           self.kept = sums.index;
         };
       }},
      {law::kGradients, "a gradient a tenth too large", "avg_pool2d", kWindows, kImage,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           self.truth->backward(b);
           if (b.input_gradients[0].data == nullptr) return;
           for (std::int64_t i = 0; i < b.inputs[0].count(); ++i) b.input_gradients[0].data[i] *= real(1.1);
         };
       }},
      {law::kGradients, "one gradient that is wrong", "global_avg_pool", "", kImage,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           self.truth->backward(b);
           if (b.input_gradients[0].data != nullptr) b.input_gradients[0].data[29] += real(0.1);
         };
       }},
  };
}

}  // namespace cnnctl::testing
