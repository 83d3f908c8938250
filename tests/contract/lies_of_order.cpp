#include <atomic>
#include <chrono>
#include <cmath>
#include <thread>

#include "contract/lies.hpp"

namespace cnnctl::testing {

namespace {

void take_mean_away(const Forward& f) {
  double sum = 0;
  for (std::int64_t i = 0; i < f.output.count(); ++i) sum += double{f.output.data[i]};
  for (std::int64_t i = 0; i < f.output.count(); ++i)
    f.output.data[i] -= static_cast<real>(sum / static_cast<double>(f.output.count()));
}

}  // namespace

std::vector<Lie> lies_of_order() {
  return {
      {law::kWorkers, "sums by workers", "tanh", "", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) { f.output.data[0] += real(0.01) * f.workers.count(); });
       }},
      {law::kState, "counts its calls", "linear", "4", kVector,
       [](Liar& l) {
         l.forwards =
             and_then([](const Liar& self, const Forward& f) { f.output.data[0] += real(0.01) * ++self.kept; });
       }},
      {law::kState, "remembers its input from forward to backward", "tanh", "", kVector,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) { p.by_sample = false; };
         l.forwards =
             and_then([](const Liar& self, const Forward& f) { self.kept = std::lround(1000 * f.inputs[0].data[0]); });
         l.backwards = [](const Liar& self, const Backward& b) {
           self.truth->backward(b);
           if (b.input_gradients[0].data != nullptr) b.input_gradients[0].data[0] += real(1e-3) * self.kept;
         };
       }},
      {law::kParts, "looks at the whole batch", "tanh", "", kImage,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) { f.output.data[0] += f.inputs[0].data[f.inputs[0].count() - 1]; });
       }},
      {law::kParts, "claims by_sample and takes the mean of its batch away", "tanh", "", kImage,
       [](Liar& l) { l.forwards = and_then(take_mean_away); }},
      // With by_sample false forward sees the whole batch, and in training may mix it; in inference nobody may.
      {law::kMixing, "takes the mean of its batch away and claims nothing", "tanh", "", kImage,
       [](Liar& l) {
         l.plans = [](Plan& p, const Inputs&) { p.by_sample = false; };
         l.forwards = and_then(take_mean_away);
       }},
      {law::kParts, "ignores where its part begins", "dropout", "0.5", kImage,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           Forward first = f;
           first.part.first = 0;
           self.truth->forward(first);
         };
       }},
      {law::kParts, "keeps each part at the same place", "max_pool2d", "2", kImage,
       [](Liar& l) {
         const auto at_zero = [](const auto& call) {
           auto copy = call;
           copy.part.first = 0;
           return copy;
         };
         l.forwards = [=](const Liar& self, const Forward& f) { self.truth->forward(at_zero(f)); };
         l.backwards = [=](const Liar& self, const Backward& b) { self.truth->backward(at_zero(b)); };
       }},
      {law::kOrder, "believes that parts come in order", "tanh", "", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Liar& self, const Forward& f) {
           if (f.part.first != 0 && f.part.first != self.kept) f.output.data[0] += real(0.01);
           self.kept = f.part.first + f.part.n;
         });
       }},
      {law::kSideBySide, "believes that one part ends before the next begins", "sigmoid", "", kImage,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           std::atomic_ref<std::int64_t> running(self.kept);
           ++running;
           self.truth->forward(f);
           for (int wait = 0; wait < 20 && running == 1; ++wait)  // for another worker to come as well
             std::this_thread::sleep_for(std::chrono::microseconds(100));
           if (running > 1) f.output.data[0] += 1;
           --running;
         };
       }},
      {law::kOwnSamples, "looks at the sample before", "tanh", "", kVector,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           const std::int64_t sample = f.inputs[0].shape.count();
           std::vector<real> before;
           for (std::int64_t n = f.part.first == 0 ? 1 : 0; n < f.part.n; ++n)
             before.push_back(f.inputs[0].data[(n - 1) * sample]);
           self.truth->forward(f);
           auto from = before.begin();
           for (std::int64_t n = f.part.first == 0 ? 1 : 0; n < f.part.n; ++n) f.output.data[n * sample] += *from++;
         };
       }},
      {law::kMixing, "a sample that knows of the next one", "linear", "4", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) {
           if (f.part.n > 1) f.output.data[0] += f.inputs[0].data[f.inputs[0].count() - 1];
         });
       }},
      {law::kShortBatch, "believes that all batches are full", "linear", "4", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Liar& self, const Forward& f) {
           for (std::int64_t i = 0; i < f.output.count(); ++i)
             f.output.data[i] *= static_cast<real>(f.part.batch) / static_cast<real>(self.planned.batch);
         });
       }},
      {law::kNoStatistics, "trains by its statistics", "batch_norm2d", "", kImage,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) {
           if (f.mode == Mode::train) f.output.data[0] += f.parameters[2][0];
         });
       }},
      {law::kPrepared, "spoils what was prepared", "linear", "4", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Forward& f) { reinterpret_cast<real*>(f.memory.prepared)[0] += 1; });
       }},
      {law::kRandomKey, "the same noise in each layer", "dropout", "0.5", kImage,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           Forward same = f;
           same.key.layer = 0;
           self.truth->forward(same);
         };
       }},
      {law::kRandomKey, "the same noise in each step", "dropout", "0.5", kImage,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           Forward same = f;
           same.key.step = 0;
           self.truth->forward(same);
         };
       }},
      {law::kRandomKey, "noise in inference", "dropout", "0.5", kImage,
       [](Liar& l) {
         l.forwards = [](const Liar& self, const Forward& f) {
           Forward train = f;
           train.mode = Mode::train;
           self.truth->forward(train);
         };
       }},
      {law::kWinograd, "another result without Winograd", "linear", "4", kVector,
       [](Liar& l) {
         l.forwards = and_then([](const Liar& self, const Forward& f) {
           f.output.data[0] += self.planned.winograd ? real{} : real(0.5);
         });
       }},
  };
}

}  // namespace cnnctl::testing
