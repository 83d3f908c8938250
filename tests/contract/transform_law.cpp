#include "contract/transform_law.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/workers.hpp"
#include "config/codec.hpp"
#include "config/yaml.hpp"

namespace cnnctl::testing {
namespace {

using namespace transform_law;

constexpr PlaneSize kSizes[] = {{1, 1}, {1, 7}, {7, 1}, {2, 2}, {5, 4}, {6, 9}, {16, 17}};
constexpr std::uint64_t kStreams = 40;

std::string text(const PlaneSize& size, std::uint64_t stream) {
  return std::to_string(size.height) + "x" + std::to_string(size.width) + ", stream " + std::to_string(stream);
}

/// What was seen of a kind so far.
struct Seen {
  std::set<int> draws;
  bool random = false;  // some example gave several results from one sample
};

class Trial {
 public:
  Trial(const TransformSubject& subject, Seen& seen, Breaches& breaches)
      : subject_(subject), transform_(*subject.transform), seen_(seen), breaches_(breaches) {}

  void run() {
    for (const PlaneSize& size : kSizes) {
      if (!plan(size)) continue;
      tried_ = true;
      for (std::uint64_t stream = 0; stream < kStreams; ++stream) one(size, stream);
      side_by_side(size);
      if (subject_.yaml) yaml(size);
    }
    if (!tried_) accuse(kPlan, "no size can be planned");
    if (subject_.still && !still_) accuse(kStill, "was never seen without a change of the size");
    if (!subject_.still && !moved_) accuse(kMoves, "never did");
  }

 private:
  void accuse(law::Name law, const std::string& detail) { breaches_.push_back({law, detail}); }

  Moved move(const PlaneSize& size, std::uint64_t stream, const Before& before = {}) {
    return testing::move(transform_, size, stream, before, breaches_);
  }

  /// False if samples of this size are refused.
  bool plan(const PlaneSize& size) {
    const SampleSpec spec = transform_spec(size);
    SampleSpec planned;
    try {
      planned = transform_.plan(spec);
    } catch (const ShapeError&) {
      return false;
    }
    const PlaneSize after = plane_size(planned);
    const auto same = [](const SampleSpec& a, const SampleSpec& b) {
      return a.columns == b.columns && a.input == b.input && a.target == b.target && a.class_names == b.class_names;
    };
    if (after.height < 1 || after.width < 1) accuse(kPlan, text(size, 0) + ": a size of nothing");
    if (!same(planned, with_plane_size(spec, after))) accuse(kPlan, text(size, 0) + ": columns change");
    transform_.plan(transform_spec({size.height + 30, size.width + 30}));
    if (!same(transform_.plan(spec), planned)) accuse(kPlan, text(size, 0) + ": the second plan is another one");
    return true;
  }

  void one(const PlaneSize& size, std::uint64_t stream) {
    const std::size_t before = breaches_.size();
    const Before clean, soiled{0xff, 1}, large{0x5a, 1};
    const Moved moved = move(size, stream, clean), was = unmoved(size, clean);
    if (moved != move(size, stream, soiled) || moved != move(size, stream, large)) accuse(kOldMemory, "");
    const Choice<Transform> copy(subject_.transform);
    if (moved != move(size, stream) || moved != testing::move(*copy, size, stream, {}, breaches_))
      accuse(kFunction, "the second result is another one");
    seen_.draws.insert({moved.draws, move(size, stream, {0, 2}).draws});
    if (moved.size == was.size) still_ = true;
    if (moved.planes != was.planes) moved_ = true;
    if (subject_.still && moved.size == was.size && moved.planes != was.planes) accuse(kStill, "");
    if (stream > 0 && moved.planes != first_) seen_.random = true;
    if (stream == 0) first_ = moved.planes;
    if (breaches_.size() == before) try_change(moved, was, subject_.change, breaches_);
    for (std::size_t i = before; i < breaches_.size(); ++i) breaches_[i].detail += " (" + text(size, stream) + ")";
  }

  void side_by_side(const PlaneSize& size) {
    const Workers workers(8, Workers::Backend::threads);
    std::vector<Moved> results(kStreams);
    std::vector<Breaches> of(kStreams);
    workers.run(kStreams, [&](std::int64_t i, int) {
      const auto at = static_cast<std::size_t>(i);
      results[at] = testing::move(transform_, size, at, {}, of[at]);
    });
    for (std::uint64_t stream = 0; stream < kStreams; ++stream)
      if (results[stream] != move(size, stream)) accuse(kFunction, "from several threads: " + text(size, stream));
  }

  void yaml(const PlaneSize& size) {
    Choice<Transform> transform = subject_.transform;
    const std::string first = write_yaml(write_fields(*transform));
    Choice<Transform> again(*transform.kind);
    Diagnostics diagnostics;
    read_fields(*again, parse_yaml(first, "test.yaml", diagnostics), transform.kind->name, diagnostics);
    if (diagnostics.has_errors()) return accuse(kYaml, "is refused: " + first);
    const std::string second = write_yaml(write_fields(*again));
    if (second != first) return accuse(kYaml, second + " instead of " + first);
    for (std::uint64_t stream = 0; stream < kStreams; ++stream)
      if (testing::move(*again, size, stream, {}, breaches_) != move(size, stream))
        return accuse(kYaml, "moves otherwise: " + first + text(size, stream));
  }

  const TransformSubject& subject_;
  const Transform& transform_;
  Seen& seen_;
  Breaches& breaches_;
  std::vector<std::vector<float>> first_;
  bool tried_ = false, still_ = false, moved_ = false;
};

}  // namespace

Breaches breaches_of(const std::vector<TransformSubject>& kind) {
  Breaches breaches;
  Seen seen;
  for (const TransformSubject& subject : kind) {
    const std::size_t before = breaches.size();
    Trial(subject, seen, breaches).run();
    const std::string of = write_yaml_line(write_fields(*Choice<Transform>(subject.transform)));
    for (std::size_t i = before; i < breaches.size(); ++i) breaches[i].detail += " of " + of;
  }
  if (seen.draws.size() > 1 || seen.draws.contains(-1)) {
    std::string counts;
    for (const int draws : seen.draws) counts += " " + std::to_string(draws);
    breaches.push_back({kDraws, "drawn were" + counts});
  }
  const bool fixed = std::all_of(kind.begin(), kind.end(), [](const TransformSubject& s) { return s.fixed; });
  if (seen.random == fixed) breaches.push_back({kRandom, fixed ? "results differ" : "every result was the same"});
  return breaches;
}

}  // namespace cnnctl::testing
