#include "data/record.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/check.hpp"
#include "base/text.hpp"
#include "data/read_all.hpp"

namespace cnnctl {
namespace {

/// "3 samples are gone: a/1.png, a/2.png, a/3.png"; `count` is of all, `names` the first of them.
std::string told(std::size_t count, std::string_view verb_of_one, std::string_view verb,
                 std::vector<std::string> names) {
  constexpr std::size_t kShown = 5;
  const std::size_t shown = std::min(names.size(), kShown);
  names.resize(shown);
  return fmt::format("{} sample{} {}: {}{}", with_commas(static_cast<std::int64_t>(count)), count == 1 ? "" : "s",
                     count == 1 ? verb_of_one : verb, fmt::join(names, ", "), shown < count ? " ..." : "");
}

std::vector<std::string> keys_of(const SetRecord& record) {
  std::vector<std::string> keys;
  for (std::size_t begin = 0, end = 0; (end = record.keys.find('\0', begin)) != std::string::npos; begin = end + 1)
    keys.push_back(record.keys.substr(begin, end - begin));
  return keys;
}

/// What is in a and not in b; both are sorted.
std::vector<std::string> without(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

/// Whether the samples are the same once the folder of one class is called otherwise.
bool is_renaming(const std::string& from, const std::string& to, const SetRecord& before, const Samples& now) {
  std::vector<std::string> keys = keys_of(before);
  for (std::string& key : keys)
    if (key.starts_with(from + "/")) key = to + key.substr(from.size());
  return !keys.empty() && sorted(keys) == sorted(keys_of(record_of(now)));
}

}  // namespace

SetRecord record_of(const Samples& samples) {
  SetRecord record;
  for (std::int64_t i = 0; i < samples.count(); ++i) {
    if (const std::string key = samples.key(i); !key.empty()) record.keys.append(key).push_back('\0');
    record.marks.push_back(samples.mark(i));
  }
  return record;
}

void note_contents(SetRecord& record, const Samples& samples, std::span<const std::uint32_t> read) {
  CNNCTL_CHECK_EQ(record.marks.size(), static_cast<std::size_t>(samples.count()));
  for (const std::uint32_t i : read)
    if (Mark& mark = record.marks[i]; !mark.is_of_contents()) mark = samples.mark(i);
}

std::string class_difference(const std::vector<std::string>& before, const std::vector<std::string>& now,
                             const SetRecord& record, const Samples& samples) {
  if (before == now) return "";
  const std::vector<std::string> gone = without(sorted(before), sorted(now)),
                                 added = without(sorted(now), sorted(before));
  if (gone.empty() && added.empty()) return fmt::format("the classes are in another order: {}", fmt::join(now, ", "));
  if (gone.size() == 1 && added.size() == 1) {
    const auto at = std::find(before.begin(), before.end(), gone[0]) - before.begin();
    const bool in_place = before.size() == now.size() && now[static_cast<std::size_t>(at)] == added[0];
    if (is_renaming(gone[0], added[0], record, samples) || (record.keys.empty() && in_place))
      return fmt::format("class names differ: '{}' was renamed '{}'", gone[0], added[0]);
  }
  std::string text = "class names differ:";
  if (!gone.empty()) text += fmt::format(" gone '{}'", fmt::join(gone, "', '"));
  if (!added.empty()) text += fmt::format("{} new '{}'", gone.empty() ? "" : ",", fmt::join(added, "', '"));
  return text;
}

std::string listing_difference(const SetRecord& before, const Samples& now) {
  const SetRecord current = record_of(now);
  const auto count = static_cast<std::int64_t>(before.marks.size());
  if (current.keys == before.keys && now.count() == count) return "";
  const std::int64_t more = now.count() - count;
  std::string text = more == 0 ? ""
                               : fmt::format("{} sample{} {} than when the run began ({} then, {} now)\n",
                                             with_commas(std::abs(more)), std::abs(more) == 1 ? "" : "s",
                                             more > 0 ? "more" : "fewer", with_commas(count), with_commas(now.count()));
  const std::vector<std::string> then = sorted(keys_of(before)), here = sorted(keys_of(current));
  const std::vector<std::string> gone = without(then, here), added = without(here, then);
  if (!gone.empty()) text += told(gone.size(), "is gone", "are gone", gone) + "\n";
  if (!added.empty()) text += told(added.size(), "is new", "are new", added) + "\n";
  if (text.empty()) text = "the samples are in another order\n";
  text.pop_back();
  return text;
}

std::string contents_difference(const SetRecord& before, const Samples& now, const Workers& workers) {
  CNNCTL_CHECK_EQ(before.marks.size(), static_cast<std::size_t>(now.count()));
  std::vector<std::uint8_t> differs(before.marks.size());
  constexpr std::int64_t kStep = 64;
  read_in_order(pieces(now.count(), kStep), workers, [&](std::int64_t task, int) {
    for (std::int64_t i = task * kStep; i < std::min((task + 1) * kStep, now.count()); ++i) {
      const Mark then = before.marks[static_cast<std::size_t>(i)];
      const Mark here = then.is_of_contents() ? now.contents(i) : now.mark(i);
      // What is read now and was not then has no size to compare any more: nothing was made of it before.
      differs[static_cast<std::size_t>(i)] = here != then && here.is_of_contents() == then.is_of_contents();
    }
  });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < differs.size(); ++i) {
    if (differs[i] == 0) continue;
    const std::string key = now.key(static_cast<std::int64_t>(i));
    names.push_back(key.empty() ? now.name(static_cast<std::int64_t>(i)) : key);
  }
  return names.empty() ? "" : told(names.size(), "has other contents", "have other contents", names);
}

}  // namespace cnnctl
