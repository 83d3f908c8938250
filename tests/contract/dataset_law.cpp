#include "contract/dataset_law.hpp"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <malloc.h>
#define CNNCTL_TEST_HEAP
#endif

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "data/open.hpp"

namespace cnnctl::testing {
namespace {

using namespace dataset_law;

/// The class of a sample, where it has one.
const std::int32_t* class_of(const SampleSpec& spec, const Sample& sample) {
  const std::optional<std::size_t> at = spec.find("class");
  return at ? sample.data<std::int32_t>(*at) : nullptr;
}

/// What a sample is that its spec does not say; empty if nothing.
std::string fault_of(const SampleSpec& spec, const Sample& sample) {
  for (std::size_t c = 0; c < spec.columns.size(); ++c) {
    const Column& column = spec.columns[c];
    const Shape &got = sample.shape(c), &want = column.shape;
    if (column.varies ? got.channels() != want.channels() || got.rank() != want.rank() : got != want)
      return column.name + " has shape " + got.str() + " instead of " + want.str();
    if (column.element != Element::i32) continue;
    for (std::int64_t i = 0; i < got.count(); ++i) {
      const std::int32_t number = sample.data<std::int32_t>(c)[i];
      if (number < 0 || number >= std::ssize(spec.class_names)) return "class " + std::to_string(number);
    }
  }
  return {};
}

/// All that a set says of itself.
std::string description_of(const Samples& samples) {
  const SampleSpec& spec = samples.spec();
  std::string text = std::to_string(samples.count()) + " " + spec.input + " " + spec.target;
  for (const Column& c : spec.columns)
    text += "; " + c.name + c.shape.str() + (c.spatial ? " spatial" : "") + (c.varies ? " varies" : "");
  for (const std::string& name : spec.class_names) text += ", " + name;
  for (std::int64_t i = 0; i < samples.count(); ++i) text += std::to_string(samples.stratum(i)) + samples.name(i);
  return text + " " + std::to_string(samples.resident_bytes()) + (samples.in_memory() ? " in memory" : "");
}

void try_again(const Samples& samples, const std::vector<std::string>& want, Breaches& breaches) {
  Sample used;
  for (std::int64_t step = 0; step < 2 * samples.count(); ++step) {
    const std::int64_t i = step * 7 % samples.count();
    samples.read(i, used);
    if (text_of(samples, used) != want[static_cast<std::size_t>(i)])
      return breaches.push_back({kAgain, "sample " + std::to_string(i)});
  }
}

void try_threads(const Samples& samples, const std::vector<std::string>& want, Breaches& breaches) {
  constexpr std::int64_t kThreadCount = 8;
  std::vector<std::string> faults(kThreadCount);
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t < kThreadCount; ++t)
    threads.emplace_back([&, t] {
      Sample sample;
      for (std::int64_t step = 0; step < 4 * samples.count(); ++step) {
        const std::int64_t i = (step + t) % samples.count();
        try {
          samples.read(i, sample);
          if (text_of(samples, sample) == want[static_cast<std::size_t>(i)]) continue;
          faults[static_cast<std::size_t>(t)] = "sample " + std::to_string(i);
        } catch (const std::exception& error) {
          faults[static_cast<std::size_t>(t)] = error.what();
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& fault : faults)
    if (!fault.empty()) breaches.push_back({kThreads, fault});
}

void try_memory(const Samples& samples, Breaches& breaches) {
  if (!samples.in_memory()) return;
  Sample one, two;
  for (std::int64_t i = 0; i < samples.count(); ++i) {
    samples.read(i, one);
    samples.read(i, two);
    for (std::size_t c = 0; c < samples.spec().columns.size(); ++c)
      if (one.data<std::uint8_t>(c) != two.data<std::uint8_t>(c))
        return breaches.push_back({kInMemory, samples.spec().columns[c].name});
  }
  const std::uint64_t least = static_cast<std::uint64_t>(samples.count()) * samples.spec().bytes();
  if (samples.resident_bytes() < least)
    breaches.push_back({kResident, std::to_string(samples.resident_bytes()) + ", less than the samples take"});
}

/// A set as open_samples() is given it.
class Given final : public Dataset {
 public:
  explicit Given(const Open& open) : open_(open) {}
  void fields(Fields&) override {}
  std::unique_ptr<Samples> open(Split split, const Workers& workers) const override { return open_(split, workers); }

 private:
  const Open& open_;
};

void try_opened(const Open& open, Split split, Breaches& breaches) {
  const Given given(open);
  std::vector<std::string> first;
  for (const std::uint64_t cache : {std::uint64_t{0}, std::uint64_t{100}, std::uint64_t{1} << 20}) {
    for (const int workers : {1, 3}) {
      const Opening opening{.size = Opening::Size{4, 5}, .cache = cache};
      const std::unique_ptr<Samples> samples = open_samples(given, split, opening, Workers(workers));
      try_spec(*samples, breaches);
      const std::vector<std::string> read = read_all(*samples);
      if (first.empty()) first = read;
      if (read != first) breaches.push_back({kOpened, "with a cache of " + std::to_string(cache)});
      try_again(*samples, first, breaches);
      try_threads(*samples, first, breaches);
    }
  }
}

}  // namespace

std::string text_of(const Samples& samples, const Sample& sample) {
  std::string text;
  for (std::size_t c = 0; c < samples.spec().columns.size(); ++c) {
    const auto count = static_cast<std::size_t>(sample.shape(c).count());
    text += sample.shape(c).str() + ":";
    text.append(sample.data<char>(c), count * bytes_of(samples.spec().columns[c].element));
  }
  return text;
}

std::vector<std::string> read_all(const Samples& samples) {
  std::vector<std::string> all;
  for (std::int64_t i = 0; i < samples.count(); ++i) {
    Sample fresh;
    samples.read(i, fresh);
    all.push_back(text_of(samples, fresh));
  }
  return all;
}

void try_spec(const Samples& samples, Breaches& breaches) {
  const SampleSpec& spec = samples.spec();
  std::set<std::string> columns, names;
  for (const Column& column : spec.columns)
    if (!columns.insert(column.name).second) breaches.push_back({kSpec, "two columns " + column.name});
  if (!spec.find(spec.input) || !spec.find(spec.target)) breaches.push_back({kSpec, "no column of input or target"});
  if (samples.count() < 1) breaches.push_back({kSpec, "no samples"});
  for (std::int64_t i = 0; i < samples.count(); ++i) {
    Sample sample;
    samples.read(i, sample);
    if (const std::string fault = fault_of(spec, sample); !fault.empty())
      return breaches.push_back({kSpec, samples.name(i) + ": " + fault});
    const std::int32_t* const label = class_of(spec, sample);
    if (samples.stratum(i) < 0 || (label != nullptr && samples.stratum(i) != *label) ||
        !names.insert(samples.name(i)).second)
      return breaches.push_back({kStratum, samples.name(i)});
  }
}

Breaches breaches_of(const Open& open, const DatasetCase& expected) {
  Breaches breaches;
  for (const Split split : {Split::train, Split::test}) {
    const std::unique_ptr<Samples> samples = open(split, Workers(1));
    const std::int64_t count = split == Split::train ? expected.train : expected.test;
    if (samples->count() != count) breaches.push_back({kSpec, std::to_string(samples->count()) + " samples"});
    // A split may lack classes, whoever opens it matches them by their names.
    const std::vector<std::string>& names = samples->spec().class_names;
    const bool known = std::ranges::all_of(
        names, [&](const std::string& name) { return std::ranges::count(expected.class_names, name) == 1; });
    if (split == Split::train ? names != expected.class_names : !known)
      breaches.push_back({kSpec, "other class names"});
    const std::string description = description_of(*samples);
    try_spec(*samples, breaches);
    const std::vector<std::string> read = read_all(*samples);
    try_again(*samples, read, breaches);
    try_threads(*samples, read, breaches);
    try_memory(*samples, breaches);
    if (description_of(*samples) != description) breaches.push_back({kSettled, description_of(*samples)});
    for (const int workers : {3, 8}) {
      const std::unique_ptr<Samples> again = open(split, Workers(workers));
      if (description_of(*again) != description || read_all(*again) != read)
        breaches.push_back({kWorkers, std::to_string(workers) + " workers"});
    }
    try_opened(open, split, breaches);
  }
  return breaches;
}

Breaches memory_breaches_of(const Open& open) {
  Breaches breaches;
#ifdef CNNCTL_TEST_HEAP
  const auto held = [] {
    const struct mallinfo2 heap = mallinfo2();
    return static_cast<double>(heap.uordblks + heap.hblkhd);
  };
  constexpr double kBeside = 8192, kShare = 0.1;  // the object itself, names; what vectors keep free
  const Workers workers(1);
  for (const Split split : {Split::train, Split::test}) {
    open(split, workers);  // whatever is made once is made now
    const double before = held();
    const std::unique_ptr<Samples> samples = open(split, workers);
    for (std::int64_t i = 0; i < samples->count(); ++i) {
      Sample sample;
      samples->read(i, sample);
    }
    const double grown = held() - before, said = static_cast<double>(samples->resident_bytes());
    if (said < 4 * kBeside || std::abs(grown - said) > kBeside + kShare * said)
      breaches.push_back({kResident, std::to_string(said) + " said, " + std::to_string(grown) + " held"});
  }
#else
  (void)open;
#endif
  return breaches;
}

}  // namespace cnnctl::testing
