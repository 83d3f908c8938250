// Files that are cut off, changed, missing.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/error.hpp"
#include "base/rng.hpp"
#include "contract/dataset_law.hpp"

namespace cnnctl::testing {
namespace {

using namespace dataset_law;

class Damage {
 public:
  Damage(const Open& open, const DatasetCase::File& file, const TemporaryFolder& folder, Breaches& breaches)
      : open_(open), file_(file), folder_(folder), path_(folder / file.path), breaches_(breaches) {}

  void cut() {
    for (std::size_t bytes = file_.content.size(); bytes-- > 0;) {
      how_ = "cut to " + std::to_string(bytes) + " bytes";
      std::filesystem::resize_file(path_, bytes);
      const std::optional<std::string> refusal = read(path_ + ": error: ");
      if (!refusal && !file_.whole_at(bytes)) accuse(kCut, "");
      constexpr std::size_t kSignature = 8;  // with less of it nobody knows what the rest was
      if (refusal && bytes >= kSignature && refusal->find_first_of("0123456789", path_.size()) == std::string::npos)
        accuse(kPlace, *refusal);
    }
    folder_.write(file_.path, file_.content);
  }

  void change() {
    Rng rng(file_.content.size(), Purpose::synthetic);
    for (int i = 0; i < kChanges; ++i)
      change(rng.below(static_cast<std::uint32_t>(file_.content.size())), static_cast<int>(1 + rng.below(255)));
    constexpr std::size_t kHeader = 40;  // where sizes and types stand: every bit
    for (std::size_t at = 0; at < std::min(kHeader, file_.content.size()); ++at)
      for (int bit = 0; bit < 8; ++bit) change(at, 1 << bit);
  }

  void remove() {
    how_ = "removed";
    std::filesystem::remove(path_);
    read(folder_.path());
    how_ = "a folder";
    std::filesystem::create_directory(path_);
    read(folder_.path());
    std::filesystem::remove(path_);
    folder_.write(file_.path, file_.content);
  }

 private:
  void accuse(law::Name law, const std::string& detail) {
    breaches_.push_back({law, file_.path + " " + how_ + ": " + detail});
  }

  void change(std::size_t at, int bits) {
    how_ = "byte " + std::to_string(at) + " changed by " + std::to_string(bits);
    put(at, file_.content[at] ^ bits);
    const std::optional<std::string> refusal = read(path_ + ": error: ");
    put(at, file_.content[at]);
    if (!refusal && file_.sealed) accuse(kSealed, "");
    if (!refusal || !file_.in_place) return;
    constexpr std::string_view kOffset = " at offset ";
    const std::size_t found = refusal->find(kOffset);
    const std::size_t named = found == std::string::npos ? at : std::stoul(refusal->substr(found + kOffset.size()));
    constexpr std::size_t kNumber = 4;  // bytes of a size, of which one was changed
    if (named > at || named + kNumber <= at) accuse(kPlace, *refusal);
  }

  void put(std::size_t at, int byte) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte));
  }

  /// Of a file of lines a message names the line as well: "names:7: error: ...".
  std::string without_line(std::string message) const {
    if (!message.starts_with(path_ + ":")) return message;
    const std::size_t digits = path_.size() + 1, end = message.find_first_not_of("0123456789", digits);
    return end == std::string::npos || end == digits ? message : message.erase(digits - 1, end - digits + 1);
  }

  /// Reads all of the set; what the DataError says, if there is one.
  std::optional<std::string> read(const std::string& begin) {
    try {
      const std::unique_ptr<Samples> samples = open_(file_.split, workers_);
      Breaches found;
      try_spec(*samples, found);
      if (!found.empty()) accuse(kSpec, testing::text(found));
      const std::vector<std::string> once = read_all(*samples);
      if (once != read_all(*samples)) accuse(kAgain, "");
    } catch (const DataError& error) {
      const std::string message = error.what();
      if (!without_line(message).starts_with(begin)) accuse(kRefusal, message);
      return message;
    } catch (const std::exception& error) {
      accuse(kRefusal, std::string("not a DataError: ") + error.what());
      return error.what();
    }
    return std::nullopt;
  }

  const Open& open_;
  const DatasetCase::File& file_;
  const TemporaryFolder& folder_;
  std::string path_, how_;
  Workers workers_{1};
  Breaches& breaches_;
};

}  // namespace

Breaches damage_breaches_of(const Open& open, const DatasetCase::File& file, const TemporaryFolder& folder) {
  Breaches breaches;
  Damage damage(open, file, folder, breaches);
  damage.cut();
  damage.change();
  damage.remove();
  return breaches;
}

}  // namespace cnnctl::testing
