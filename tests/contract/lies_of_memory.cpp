#include <algorithm>

#include "contract/lies.hpp"

namespace cnnctl::testing {

std::vector<Lie> lies_of_memory() {
  const auto less = [](std::size_t ByteCounts::*bytes, std::size_t by = sizeof(real)) {
    return [bytes, by](Liar& l) {
      l.plans = [bytes, by](Plan& p, const Inputs&) { p.bytes.*bytes = p.bytes.*bytes > by ? p.bytes.*bytes - by : 0; };
    };
  };
  return {
      {law::kOwnMemory, "saved short", "max_pool2d", "2", kImage, less(&ByteCounts::saved, 128)},
      {law::kOwnMemory, "saved short", "batch_norm1d", "", kVector, less(&ByteCounts::saved, 64)},
      {law::kOwnMemory, "prepared one element short", "linear", "4", kVector, less(&ByteCounts::prepared)},
      {law::kOwnMemory, "prepared_backward one element short", "conv2d", kConv, kImage,
       less(&ByteCounts::prepared_backward)},
      {law::kOwnMemory, "scratch short", "batch_norm2d", "", kImage, less(&ByteCounts::scratch, 64)},
      {law::kOwnMemory, "worker_scratch short", "conv2d", kConv, kImage, less(&ByteCounts::worker_scratch, 64)},
      {law::kOwnMemory, "parameter_scratch short", "linear", "40", kVector, less(&ByteCounts::parameter_scratch, 64)},
      {law::kOwnMemory,
       "prepare_scratch one element short",
       "conv2d",
       kConv,
       kImage,
       less(&ByteCounts::prepare_scratch),
       {"batch_norm2d", ""},
       true},
      {law::kOwnMemory, "parameter_sum one element short", "conv2d", kConv, kImage, less(&ByteCounts::parameter_sum)},
      {law::kOwnMemory, "one more output", "relu", "", kImage,
       [](Liar& l) { l.forwards = and_then([](const Forward& f) { f.output.data[f.output.count()] = 7; }); }},
      {law::kOwnMemory, "one output before the first", "relu", "", kImage,
       [](Liar& l) { l.forwards = and_then([](const Forward& f) { f.output.data[-1] = 7; }); }},
      {law::kInputs, "writes its input", "tanh", "", kVector,
       [](Liar& l) { l.forwards = and_then([](const Forward& f) { const_cast<real*>(f.inputs[0].data)[0] = 7; }); }},
      {law::kInputs, "writes its input in backward", "linear", "4", kVector,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           self.truth->backward(b);
           const_cast<real*>(b.inputs[0].data)[3] = 7;
         };
       }},
      {law::kTrained, "trains itself", "linear", "4", kVector,
       [](Liar& l) { l.forwards = and_then([](const Forward& f) { f.parameters[0][2] *= 2; }); }},
      {law::kStatistics, "statistics change in inference", "batch_norm2d", "", kImage,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) {
           if (f.mode == Mode::infer) f.parameters[3][0] += 1;
         });
       }},
      {law::kStatistics, "statistics change with each part", "batch_norm2d", "", kImage,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) {
           if (f.mode == Mode::train) f.parameters[2][0] += 1;
         });
       }},
      {law::kSharedScratch, "parts that share scratch", "sigmoid", "", kImage,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) { p.bytes.scratch = 64; };
         l.forwards = and_then([](const Forward& f) { f.memory.scratch[0] = std::byte{1}; });
       }},
      {law::kOtherWorkers, "the scratch of the first worker", "sigmoid", "", kImage,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) { p.bytes.worker_scratch = 64; };
         l.forwards = and_then([](const Forward& f) { scratch_of(f, 0)[0] = 1; });
       }},
      {law::kAllWritten, "forgets its last output", "relu", "", kImage,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           const real before = last(f.output);
           self.truth->forward(f);
           last(f.output) = before;
         };
       }},
      {law::kAllWritten, "forgets a gradient", "relu", "", kImage,
       [](Liar& l) {
         l.backwards = [](const Liar& self, const Backward& b) {
           real* const dx = b.input_gradients[0].data;
           const real before = dx == nullptr ? real{} : dx[5];
           self.truth->backward(b);
           if (dx != nullptr && dx != b.output_gradient.data) dx[5] = before;
         };
       }},
      {law::kOldMemory, "believes in clean scratch", "linear", "4", kVector,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) { p.bytes.scratch = 64; };
         l.forwards = and_then([](const Forward& f) {
           f.output.data[0] += std::min(reinterpret_cast<const real*>(f.memory.scratch)[3], real{1});
         });
       }},
      {law::kOldMemory, "believes in scratch from the last call", "tanh", "", kVector,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) { p.bytes.worker_scratch = 64; };
         l.forwards = and_then([](const Forward& f) {
           f.output.data[0] += std::min(real{1}, scratch_of(f, 0)[0]);
           scratch_of(f, 0)[0] = real(0.5);
         });
       }},
      {law::kAddresses, "looks at its address", "tanh", "", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) {
           f.output.data[0] += static_cast<real>(reinterpret_cast<std::uintptr_t>(f.inputs[0].data) / 64 % 7) / 8;
         });
       }},
      {law::kFinite, "divides by zero", "tanh", "", kVector,
       [](Liar& l) { l.forwards = and_then([](const Forward& f) { f.output.data[0] = real{1} / real{0}; }); }},
  };
}

}  // namespace cnnctl::testing
