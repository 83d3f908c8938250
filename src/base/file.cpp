#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/file_reader.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

constexpr std::string_view kTemporary = ".tmp-";  // "<name>.tmp-<process>-<attempt>"

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

int sync(const Descriptor& file) {
  return uninterrupted([&] { return ::fsync(file.number()); });
}

/// Makes names in a folder durable. File systems that cannot sync a folder say EINVAL and have no need of it.
void sync_folder(const std::string& folder) {
  const Descriptor handle = open_descriptor(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (!handle.valid()) throw IoError(folder, "open the folder", errno);
  if (sync(handle) != 0 && errno != EINVAL) throw IoError(folder, "sync the folder", errno);
}

/// A new file beside its target; gone with this object unless it took the target's name.
class Temporary {
 public:
  explicit Temporary(const std::string& target) : target_(target) {
    constexpr int kAttempts = 100;  // names left by killed processes with our number
    const std::string stem = target + std::string(kTemporary) + std::to_string(::getpid()) + "-";
    for (int attempt = 0; attempt < kAttempts && !file_.valid(); ++attempt) {
      path_ = stem + std::to_string(attempt);
      file_ = open_descriptor(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL);
      if (!file_.valid() && errno != EEXIST) break;
    }
    if (!file_.valid()) throw IoError(target_, "write", errno);
  }
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  FileWriter writer() const { return {file_, target_}; }

  /// After a failed fsync the kernel has dropped the pages: trying again would lie. The file is given up instead.
  void commit() {
    if (sync(file_) != 0) throw IoError(target_, "sync", errno);
    if (const int error = file_.close()) throw IoError(target_, "close", error);
    if (::rename(path_.c_str(), target_.c_str()) != 0) throw IoError(target_, "replace", errno);
    path_.clear();
  }

 private:
  std::string target_, path_;
  Descriptor file_;
};

constexpr std::uint64_t kSmall = std::uint64_t{64} << 20;  // what is read without asking for the memory that is left

/// Of a file that is to be in memory as a whole.
FileReader open_whole(const std::string& path, std::uint64_t limit) {
  FileReader file(path, limit);
  if (file.size() > kSmall && file.size() > available_memory())
    throw MemoryError(path + " has " + human_bytes(file.size()) + ", more than the memory that is left");
  return file;
}

/// Reads on to the end, when the first `used` bytes are there.
template <class Content>
void read_rest(const FileReader& file, std::uint64_t limit, Content& content, std::size_t used) {
  for (;;) {
    char* const data = reinterpret_cast<char*>(content.data());
    const std::size_t got = file.read_some(used, std::span(data + used, content.size() - used));
    if (got == 0) break;
    used += got;
    if (used > limit) throw file.cannot_read("larger than " + human_bytes(limit));
    if (used == content.size()) content.resize(used * 2 + 4096);  // it grows, or is of /proc and says 0
  }
  content.resize(used);
}

/// What kind of thing has this name (S_IFDIR and the like), 0 if there is none.
mode_t type_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return status.st_mode & S_IFMT;
  if (errno == ENOENT || errno == ENOTDIR) return 0;
  throw IoError(path, "look at it", errno);
}

}  // namespace

std::string read_file(const std::string& path, std::uint64_t limit) {
  const FileReader file = open_whole(path, limit);
  std::string content(file.size() + 1, '\0');  // one more, so that the end shows without growing
  read_rest(file, limit, content, 0);
  return content;
}

Bytes read_large_file(const std::string& path, const Workers& workers, std::uint64_t limit) {
  const FileReader file = open_whole(path, limit);
  Bytes content;
  content.resize(file.size() + 1);
  constexpr std::int64_t kPiece = std::int64_t{2} << 20;  // a huge page, which arrives with the first byte
  const auto size = static_cast<std::int64_t>(file.size());
  std::atomic<std::size_t> whole = file.size();  // bytes from the front on that are there
  workers.run(pieces(size, kPiece), [&](std::int64_t task, int) {
    const auto end = static_cast<std::size_t>(std::min((task + 1) * kPiece, size));
    for (auto at = static_cast<std::size_t>(task * kPiece); at < end;) {
      const std::size_t got = file.read_some(at, {reinterpret_cast<char*>(content.data()) + at, end - at});
      at += got;
      if (got > 0) continue;
      for (std::size_t seen = whole; at < seen && !whole.compare_exchange_weak(seen, at);) continue;
      return;
    }
  });
  read_rest(file, limit, content, whole);  // it grew, or it is shorter than it said
  return content;
}

void FileWriter::write(std::string_view bytes) {
  if (const int error = write_all(file_.number(), bytes)) throw IoError(path_, "write", error);
}

void FileWriter::rewrite(std::uint64_t at, std::string_view bytes) {
  const auto end = ::lseek(file_.number(), 0, SEEK_CUR);
  if (end < 0 || ::lseek(file_.number(), static_cast<off_t>(at), SEEK_SET) < 0) throw IoError(path_, "write", errno);
  write(bytes);
  if (::lseek(file_.number(), end, SEEK_SET) < 0) throw IoError(path_, "write", errno);
}

void write_atomically(const std::string& path, FunctionRef<void(FileWriter& file)> write) {
  {
    Temporary temporary(path);
    FileWriter writer = temporary.writer();
    write(writer);
    temporary.commit();
  }
  sync_folder(parent_of(path));
}

void write_file_atomically(const std::string& path, std::span<const std::string_view> pieces) {
  write_atomically(path, [&](FileWriter& file) {
    for (const std::string_view piece : pieces) file.write(piece);
  });
}

void write_file_atomically(const std::string& path, std::string_view content) {
  write_file_atomically(path, std::span(&content, 1));
}

void remove_temporaries(const std::string& folder) {
  for (const std::string& name : list_folder(folder)) {
    const std::size_t mark = name.rfind(kTemporary);
    if (mark == std::string::npos || mark == 0) continue;
    const std::string_view suffix = std::string_view(name).substr(mark + kTemporary.size());
    if (suffix.empty() || suffix.find_first_not_of("0123456789-") != std::string_view::npos) continue;
    const std::string path = folder + "/" + name;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw IoError(path, "remove", errno);
  }
}

bool exists(const std::string& path) { return type_at(path) != 0; }

bool is_directory(const std::string& path) { return type_at(path) == S_IFDIR; }

void make_folders(const std::string& path) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : std::filesystem::path(path)) {
    made /= part;
    if (::mkdir(made.c_str(), 0777) == 0) {
      sync_folder(parent_of(made.string()));
      continue;
    }
    const int error = errno;
    if (!is_directory(made.string())) throw IoError(made.string(), "make the folder", error);
  }
}

std::vector<std::string> list_folder(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) throw IoError(path, "list the folder", error.value());
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

struct RunningHash::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

RunningHash::RunningHash(std::uint64_t seed) : state_(std::make_unique<State>()) {
  if (state_->xxh == nullptr) throw MemoryError("out of memory: no room for a checksum");
  XXH3_64bits_reset_withSeed(state_->xxh, seed);
}

RunningHash::~RunningHash() = default;

void RunningHash::add(std::span<const std::byte> bytes) { XXH3_64bits_update(state_->xxh, bytes.data(), bytes.size()); }

std::uint64_t RunningHash::value() const { return XXH3_64bits_digest(state_->xxh); }

}  // namespace cnnctl
