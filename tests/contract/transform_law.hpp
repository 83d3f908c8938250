// The law of transforms: whether one does what data/transform.hpp demands, on pictures, masks and numbers of all sizes.
// It asserts nothing: transform_lies_test.cpp asks it what it found.
#pragma once

#include <vector>

#include "breach.hpp"
#include "data/transform.hpp"

namespace cnnctl::testing {

namespace transform_law {

constexpr law::Name kPlan = "a plan follows from the samples alone and changes nothing but sizes";
constexpr law::Name kSize = "what comes out has the size that was planned";
constexpr law::Name kMemory = "nothing is written beside a plane's own memory";
constexpr law::Name kPlane = "memory, channels, mean and meaning of a plane stay its own";
constexpr law::Name kOldMemory = "what memory held before does not matter";
constexpr law::Name kFinite = "values stay finite";
constexpr law::Name kFunction = "the result follows from the sample and the random stream alone";
constexpr law::Name kDraws = "a kind draws as many numbers whatever they are, and whatever is set";
constexpr law::Name kTogether = "planes move together";
constexpr law::Name kColours = "what changes colours changes those of the input alone";
constexpr law::Name kClasses = "class numbers are never mixed";
constexpr law::Name kStill = "without strength nothing changes";
constexpr law::Name kMoves = "with strength something changes";
constexpr law::Name kRandom = "what is drawn matters";
constexpr law::Name kYaml = "what is written as YAML reads back the same";

}  // namespace transform_law

/// What a transform may change.
enum class Change {
  places,   // of pixels, each of which comes from between four others
  scale,    // the same, and pixels may be means of many
  colours,  // of the picture alone
  both,     // places of all planes, and colours of the picture
};

/// One example of a kind.
struct TransformSubject {
  Choice<Transform> transform;
  bool still = false;  // where the size stays, nothing changes
  bool yaml = true;    // false: it has no fields of its own
  Change change = Change::places;
  bool fixed = false;  // it draws nothing
};

/// What examples of one kind are guilty of.
Breaches breaches_of(const std::vector<TransformSubject>& kind);

// What the law looks at, plane by plane.

/// The columns of samples that transforms are tried on; those that are spatial have planes in the same order.
SampleSpec transform_spec(const PlaneSize& size);

/// What came of one application.
struct Moved {
  PlaneSize size;
  std::vector<std::vector<float>> planes;
  int draws = 0;

  bool operator==(const Moved&) const = default;
};

/// Memory as it was before, and which picture is in it.
struct Before {
  unsigned char dirt = 0;
  std::uint64_t picture = 1;
};

/// Applies it to a sample of this size, whose memory is guarded; whatever is wrong with that goes to `breaches`.
Moved move(const Transform& transform, const PlaneSize& size, std::uint64_t stream, const Before& before,
           Breaches& breaches);
/// The sample as it is without.
Moved unmoved(const PlaneSize& size, const Before& before);

/// Whether pictures, coordinates, class numbers and numbers went to the same places, as far as `change` lets that be
/// seen; of colours, whether only the picture has others.
void try_change(const Moved& moved, const Moved& was, Change change, Breaches& breaches);

}  // namespace cnnctl::testing
