// How a LayerPass calls the layer: for which samples, by whom, with what memory; and what it looks at after each call.
#include <algorithm>

#include "layer_pass.hpp"

namespace cnnctl::testing {
namespace {

std::string text_of(Samples samples) {
  return "samples [" + std::to_string(samples.first) + ", " + std::to_string(samples.first + samples.n) + ")";
}

}  // namespace

real* Rooms::of(Guarded& all, std::int64_t n) {
  const std::size_t sample = all.bytes() / static_cast<std::size_t>(n);
  const std::size_t begin = static_cast<std::size_t>(samples_.first) * sample;
  if (!how_.own_rooms) return reinterpret_cast<real*>(all.data() + begin);
  for (const Room& room : rooms_)
    if (room.all == &all) return room.own.values();
  const std::size_t bytes = static_cast<std::size_t>(samples_.n) * sample;
  rooms_.push_back({&all, begin, Guarded(bytes, how_.dirt, how_.shift)});
  std::copy_n(all.data() + begin, bytes, rooms_.back().own.data());
  return rooms_.back().own.values();
}

bool Rooms::give_back() {
  bool intact = true;
  for (const Room& room : rooms_) {
    intact = intact && room.own.intact();
    std::copy_n(room.own.data(), room.own.bytes(), room.all->data() + room.begin);
  }
  return intact;
}

void LayerPass::prepare(Direction direction) {
  run_.layer->preparing()->prepare({.workers = workers_,
                                    .direction = direction,
                                    .parameters = parameter_slots_,
                                    .prepared = prepared_.data(),
                                    .scratch = prepare_scratch_.data()});
  inspect("prepare", -1);
  inspect_parameters("prepare", false);
}

std::vector<Samples> LayerPass::parts() const {
  if (!run_.plan.by_sample || how_.cut == Circumstances::Cut::whole) return {{0, run_.n}};
  std::vector<Samples> parts;
  for (std::int64_t first = 0; first < run_.n; first += parts.back().n) {
    const std::int64_t times = how_.cut == Circumstances::Cut::parts ? 1 : 1 + (std::ssize(parts) + 1) % 3;
    parts.push_back({first, std::min(times * run_.inputs.part, run_.n - first)});
  }
  return parts;
}

void LayerPass::by_parts(const std::string& name, std::byte* scratch, const Body& body) {
  const std::vector<Samples> all = parts();
  if (all.size() == 1) return whole(name, scratch, body);
  each(std::ssize(all), [&](std::int64_t part, const Workers& team, int worker) {
    const Samples samples = all[static_cast<std::size_t>(part)];
    one({name, samples, team, worker, scratch, Rooms(how_, samples)}, body);
  });
}

void LayerPass::whole(const std::string& name, std::byte* scratch, const Body& body) {
  one({name, {0, run_.n}, workers_, -1, scratch, Rooms(how_, {0, run_.n})}, body);
}

/// Side by side, or one after the other, every second one by all workers together.
void LayerPass::each(std::int64_t count, const std::function<void(std::int64_t, const Workers&, int)>& task) {
  if (how_.side_by_side) {
    crowded_ = true;
    workers_.run(count, [&](std::int64_t i, int worker) {
      const Workers alone = Workers::alone(worker);
      task(i, alone, worker);
    });
    crowded_ = false;
    inspect("calls side by side", -1);
    return;
  }
  const std::vector<std::uint32_t> shuffled = permutation(static_cast<std::uint32_t>(count), 7, Purpose::shuffle);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = how_.order == Circumstances::Order::forwards    ? i
                            : how_.order == Circumstances::Order::backwards ? count - 1 - i
                                                                            : shuffled[static_cast<std::size_t>(i)];
    const int worker = static_cast<int>(at % workers_.count());
    const Workers alone = Workers::alone(worker);
    task(at, at % 2 == 0 ? workers_ : alone, worker);
  }
}

void LayerPass::one(Call call, const Body& body) {
  const auto of_worker = [&](int worker) { return static_cast<std::size_t>(worker) * stride_; };
  if (crowded_) {
    worker_scratch_.soil(of_worker(call.worker), of_worker(call.worker) + run_.plan.bytes.worker_scratch);
  } else {
    worker_scratch_.soil();
    withheld_.soil();
    if (!gathering_) scratch_.soil();
  }
  body(call);
  const std::string name = call.name + " of " + text_of(call.samples);
  if (!call.rooms.give_back()) accuse(law::kOwnMemory, name + ": beside its samples");
  if (!crowded_) inspect(name, &call.team == &workers_ ? -1 : call.worker);
}

Run LayerPass::run_of(Call& call) {
  call.inputs.clear();
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    call.inputs.push_back({call.rooms.of(inputs_[i], run_.n), call.samples.n, run_.inputs.shapes[i]});
  return {.workers = call.team,
          .mode = run_.inputs.mode,
          .part = {call.samples.first, call.samples.n, run_.n},
          .inputs = call.inputs,
          .parameters = parameter_slots_,
          .memory = {.prepared = prepared_.data(),
                     .saved = saved_.data(),
                     .scratch = call.scratch,
                     .worker_scratch = worker_scratch_.data(),
                     .worker_scratch_bytes = stride_},
          .key = {run_.seed, run_.step, run_.key}};
}

Forward LayerPass::forward_of(Call& call) {
  return {run_of(call), {call.rooms.of(in_place_ ? inputs_[0] : output_, run_.n), call.samples.n, run_.plan.output}};
}

Backward LayerPass::backward_of(Call& call) {
  call.gradients.clear();
  for (std::size_t i = 0; i < input_gradients_.size(); ++i) {
    Guarded& gradient = i == 0 && gradient_in_place_ ? output_gradient_ : input_gradients_[i];
    call.gradients.push_back({wanted_[i] ? call.rooms.of(gradient, run_.n) : nullptr, run_.accumulate});
  }
  return {run_of(call),
          {call.rooms.of(output_, run_.n), call.samples.n, run_.plan.output},
          {call.rooms.of(output_gradient_, run_.n), call.samples.n, run_.plan.output},
          call.gradients,
          gradient_slots_};
}

void LayerPass::accuse(law::Name law, const std::string& detail) {
  const std::lock_guard lock(accusing_);
  if (!contains(run_.breaches, law)) run_.breaches.push_back({law, detail});
}

/// After a call by `worker` alone, or by all (-1).
void LayerPass::inspect(const std::string& call, int worker) {
  const auto guard = [&](const Guarded& memory, const std::string& name) {
    if (!memory.intact()) accuse(law::kOwnMemory, call + ": beside " + name);
  };
  const auto all = [&](const std::vector<Guarded>& memories, const std::string& name) {
    for (std::size_t i = 0; i < memories.size(); ++i) guard(memories[i], name + " " + std::to_string(i));
  };
  guard(prepared_, "prepared");
  guard(saved_, "saved");
  guard(scratch_, "scratch");
  guard(parameter_scratch_, "parameter_scratch");
  guard(prepare_scratch_, "prepare_scratch");
  guard(worker_scratch_, "worker_scratch");
  guard(withheld_, "scratch");
  guard(output_, "output");
  guard(output_gradient_, "output_gradient");
  guard(sums_, "sums");
  all(inputs_, "input");
  all(parameters_, "parameter");
  all(input_gradients_, "gradient of input");
  all(parameter_gradients_, "gradient of parameter");
  for (int w = 0; w < workers_.count(); ++w) {
    const std::size_t begin = static_cast<std::size_t>(w) * stride_, end = begin + run_.plan.bytes.worker_scratch;
    if (!worker_scratch_.untouched(end, begin + stride_))
      accuse(law::kOwnMemory, call + ": behind the scratch of worker " + std::to_string(w));
    if (worker >= 0 && w != worker && !worker_scratch_.untouched(begin, end))
      accuse(law::kOtherWorkers, call + " by worker " + std::to_string(worker));
  }
  if (!withheld_.untouched()) accuse(law::kSharedScratch, call);
}

void LayerPass::inspect_parameters(const std::string& call, bool statistics_may_change) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Agreement same = same_bits(parameters_[i].numbers(), run_.parameters[i]);
    if (same) continue;
    const Parameter& parameter = run_.arrays[i];
    if (parameter.trainable())
      accuse(law::kTrained, call + ", " + parameter.name + ": " + same.difference);
    else if (!statistics_may_change)
      accuse(law::kStatistics, call + ", " + parameter.name + ": " + same.difference);
    run_.parameters[i] = parameters_[i].numbers();
  }
}

}  // namespace cnnctl::testing
