#include "layer_pass.hpp"

#include <algorithm>
#include <utility>

namespace cnnctl::testing {
namespace {

constexpr std::size_t kGap = 4 * kAlignment;  // between the scratch of two workers

}  // namespace

LayerPass::LayerPass(LayerRun& run, const Workers& workers, Guarded& prepared, Guarded& saved)
    : run_(run),
      how_(run.how),
      workers_(workers),
      prepared_(prepared),
      saved_(saved),
      stride_(aligned(run.plan.bytes.worker_scratch) + kGap),
      scratch_(memory(run.plan.bytes.scratch)),
      parameter_scratch_(memory(run.plan.bytes.parameter_scratch)),
      prepare_scratch_(memory(run.plan.bytes.prepare_scratch)),
      worker_scratch_(memory(stride_ * static_cast<std::size_t>(workers.count()))),
      withheld_(memory(std::max(run.plan.bytes.scratch, kAlignment))),
      output_(memory(static_cast<std::size_t>(run.n * run.plan.output.count()) * sizeof(real))),
      output_gradient_(memory(output_.bytes())),
      sums_(memory(0)) {
  for (const Numbers& values : run.parameters) parameters_.push_back(copy_of(values));
  for (const Guarded& values : parameters_) parameter_slots_.push_back(values.values());
}

void LayerPass::forward(bool prepare_first) {
  if (prepare_first && run_.plan.bytes.prepared > 0) prepare(Direction::forward);
  for (const Numbers& values : run_.x) inputs_.push_back(batch_of(values));
  in_place_ = how_.in_place && run_.plan.in_place.forward && inputs_[0].bytes() == output_.bytes();
  if (const Gathering* const gathering = run_.layer->gathering()) {
    gathering_ = true;
    by_parts("gather", scratch_.data(), [&](Call& call) { gathering->gather(forward_of(call)); });
    inspect_parameters("gather", false);
    whole("settle", scratch_.data(), [&](Call& call) { gathering->settle(forward_of(call)); });
    inspect_parameters("settle", run_.inputs.mode == Mode::train);
    gathering_ = false;
  }
  forward_calls();
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (i == 0 && in_place_) continue;
    if (const Agreement same = same_bits(inputs_[i].numbers(), batch_of(run_.x[i]).numbers()); !same)
      accuse(law::kInputs, "forward, input " + std::to_string(i) + ": " + same.difference);
  }
  deliver(in_place_ ? inputs_[0] : output_, run_.y);
}

Guarded LayerPass::batch_of(const Numbers& numbers) const {
  const auto count = std::ssize(numbers) / run_.inputs.batch * run_.n;
  return copy_of(Numbers(numbers.begin(), numbers.begin() + count));
}

void LayerPass::deliver(const Guarded& from, Numbers& to) {
  std::copy_n(from.values(), from.bytes() / sizeof(real), to.data());
}

void LayerPass::forward_calls() {
  by_parts("forward", shared(), [&](Call& call) { run_.layer->forward(forward_of(call)); });
  inspect_parameters("forward", false);
}

void LayerPass::recompute() {
  for (const Numbers& values : run_.x) inputs_.push_back(batch_of(values));
  forward_calls();
  if (const Agreement same = same_bits(output_.numbers(), batch_of(run_.y).numbers()); !same)
    accuse(law::kRecompute, same.difference);
}

void LayerPass::backward(const std::vector<bool>& wanted) {
  const Plan& plan = run_.plan;
  wanted_ = wanted;
  if (plan.bytes.prepared_backward > 0) prepare(Direction::backward);
  for (std::size_t i = 0; i < run_.x.size(); ++i) {
    const bool shown = i == 0 ? plan.reads.input || how_.show_input : how_.show_others;
    inputs_.push_back(batch_of(run_.x[i]));
    if (!shown) inputs_[i].soil();
    input_gradients_.push_back(batch_of(run_.dx[i]));
    if (!run_.accumulate && wanted[i]) input_gradients_[i].soil();
  }
  output_ = batch_of(run_.y);
  if (!plan.reads.output && !how_.show_output) output_.soil();
  output_gradient_ = batch_of(run_.dy);
  gradient_in_place_ = how_.gradient_in_place && plan.in_place.backward && !run_.accumulate && wanted[0] &&
                       input_gradients_[0].bytes() == output_gradient_.bytes();
  for (const Numbers& values : run_.parameter_gradients)
    parameter_gradients_.push_back(memory(values.size() * sizeof(real)));
  for (std::size_t i = 0; i < parameter_gradients_.size(); ++i)
    gradient_slots_.push_back(run_.trains(i) ? parameter_gradients_[i].values() : nullptr);
  const std::vector<Numbers> before = [&] {
    std::vector<Numbers> all;
    for (const Guarded& input : inputs_) all.push_back(input.numbers());
    return all;
  }();

  if (run_.layer->gathering() != nullptr) gather_gradient();
  const bool in_chain = how_.sums_in_chain && plan.by_sample && plan.bytes.parameter_sum > 0;
  if (plan.bytes.parameter_sum > 0) {
    sum_count_ = std::min(how_.sums, in_chain ? pieces(run_.n, run_.inputs.part) : run_.n);
    sums_ = memory(plan.bytes.parameter_sum * static_cast<std::size_t>(sum_count_));
  }
  if (in_chain)
    backward_in_chain();
  else
    by_parts("backward", shared(), [&](Call& call) { run_.layer->backward(backward_of(call)); });
  if (plan.bytes.parameter_sum > 0 && !in_chain) add_after_chain();
  finish_parameters();

  inspect_parameters("backward", false);
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if (const Agreement same = same_bits(inputs_[i].numbers(), before[i]); !same)
      accuse(law::kInputs, "backward, input " + std::to_string(i) + ": " + same.difference);
  for (std::size_t i = 0; i < run_.dx.size(); ++i)
    deliver(i == 0 && gradient_in_place_ ? output_gradient_ : input_gradients_[i], run_.dx[i]);
  for (std::size_t i = 0; i < parameter_gradients_.size(); ++i)
    if (run_.trains(i)) run_.parameter_gradients[i] = parameter_gradients_[i].numbers();
}

void LayerPass::gather_gradient() {
  const Gathering& gathering = *run_.layer->gathering();
  gathering_ = true;
  by_parts("gather_gradient", scratch_.data(), [&](Call& call) { gathering.gather_gradient(backward_of(call)); });
  whole("settle_gradient", scratch_.data(), [&](Call& call) { gathering.settle_gradient(backward_of(call)); });
  gathering_ = false;
}

/// Each sum by one worker, part by part.
void LayerPass::backward_in_chain() {
  const std::int64_t part = run_.inputs.part, all = pieces(run_.n, part);
  each(sum_count_, [&](std::int64_t sum, const Workers&, int worker) {
    const std::int64_t begin = all * sum / sum_count_, end = all * (sum + 1) / sum_count_;
    for (std::int64_t p = begin; p < end; ++p) {
      const Samples samples{p * part, std::min(part, run_.n - p * part)};
      const Workers alone = Workers::alone(worker);
      one({"backward and add_parameters", samples, alone, worker, withheld_.data(), Rooms(how_, samples)},
          [&](Call& call) {
            const Backward b = backward_of(call);
            run_.layer->backward(b);
            run_.layer->summing()->add_parameters(b, {sums_.data(), sum_count_, sum, p == begin});
          });
    }
  });
}

void LayerPass::add_after_chain() {
  each(sum_count_, [&](std::int64_t sum, const Workers&, int worker) {
    const std::int64_t first = run_.n * sum / sum_count_, end = run_.n * (sum + 1) / sum_count_;
    const Samples samples{first, end - first};
    const Workers alone = Workers::alone(worker);
    one({"add_parameters", samples, alone, worker, withheld_.data(), Rooms(how_, samples)}, [&](Call& call) {
      run_.layer->summing()->add_parameters(backward_of(call), {sums_.data(), sum_count_, sum, true});
    });
  });
}

void LayerPass::finish_parameters() {
  const Summing* const summing = run_.layer->summing();
  if (summing == nullptr) return;
  if (how_.rows > 0 && run_.plan.by_rows && run_.trains(0)) return finish_by_rows();
  if (run_.plan.bytes.parameter_sum > 0)
    whole("join_parameters", parameter_scratch_.data(), [&](Call& call) {
      summing->join_parameters(backward_of(call), {sums_.data(), sum_count_});
    });
  else
    whole("backward_parameters", parameter_scratch_.data(),
          [&](Call& call) { summing->backward_parameters(backward_of(call)); });
}

/// The last rows first; each piece in memory of its own, the other parameters with the one that is last in memory.
void LayerPass::finish_by_rows() {
  const std::int64_t all = run_.arrays[0].shape[0], row = run_.arrays[0].count() / all;
  const std::vector<real*> slots = gradient_slots_;
  for (std::int64_t piece = pieces(all, how_.rows); piece-- > 0;) {
    const std::int64_t first = piece * how_.rows, rows = std::min(how_.rows, all - first);
    const Guarded own = memory(static_cast<std::size_t>(rows * row) * sizeof(real));
    gradient_slots_[0] = own.values();
    if (first + rows < all) std::fill(gradient_slots_.begin() + 1, gradient_slots_.end(), nullptr);
    whole("backward_rows", parameter_scratch_.data(),
          [&](Call& call) { run_.layer->summing()->backward_rows(backward_of(call), first, rows); });
    if (!own.intact()) accuse(law::kOwnMemory, "backward_rows: beside its rows");
    std::copy_n(own.values(), rows * row, slots[0] + first * row);
  }
  gradient_slots_ = slots;
}

}  // namespace cnnctl::testing
