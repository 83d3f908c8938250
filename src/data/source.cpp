#include "data/source.hpp"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"

namespace cnnctl {
namespace {

/// Owns a zlib stream that reads one gzip member.
class Inflater {
 public:
  explicit Inflater(std::string_view content) : rest_(content) {
    constexpr int kGzip = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzip) != Z_OK) throw MemoryError("no memory to unpack gzip data");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Unpacks at most `size` bytes; returns how many came. Fewer: the end, a damage or the end of the content.
  std::size_t read(std::uint8_t* out, std::size_t size) {
    std::size_t done = 0;
    status_ = ended_ ? Z_STREAM_END : Z_OK;
    while (done < size && status_ == Z_OK) done += step(out + done, size - done);
    return done;
  }

  bool ended() const { return ended_; }
  bool damaged() const { return !ended_ && status_ != Z_OK && status_ != Z_BUF_ERROR; }
  const char* message() const { return stream_.msg != nullptr ? stream_.msg : "unknown reason"; }
  std::size_t unread() const { return rest_.size(); }

 private:
  /// One call of inflate, whose counters hold 32 bits only.
  std::size_t step(std::uint8_t* out, std::size_t size) {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    const std::size_t in = std::min(rest_.size(), kMost), room = std::min(size, kMost);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));  // zlib does not write here
    stream_.avail_in = static_cast<uInt>(in);
    stream_.next_out = out;
    stream_.avail_out = static_cast<uInt>(room);
    status_ = inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(in - stream_.avail_in);
    if (status_ == Z_STREAM_END) ended_ = true;
    return room - stream_.avail_out;
  }

  z_stream stream_{};
  std::string_view rest_;
  int status_ = Z_OK;
  bool ended_ = false;
};

/// True if the content is one undamaged gzip member, and nothing else, that fills `out`. libdeflate takes 40 % of
/// zlib's time, but asks for all bytes at once, and does not say what it dislikes.
bool gunzip_whole(std::string_view content, std::span<std::uint8_t> out) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) throw MemoryError("no memory to unpack gzip data");
  std::size_t read = 0, written = 0;
  return libdeflate_gzip_decompress_ex(decompressor.get(), content.data(), content.size(), out.data(), out.size(),
                                       &read, &written) == LIBDEFLATE_SUCCESS &&
         read == content.size() && written == out.size();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a run of digits off the front, without leading zeros.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  return number;
}

}  // namespace

Bytes read_data(const std::string& path, const Workers& workers) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) throw DataError(path, "there is no such file");
  if (!error && status.type() != std::filesystem::file_type::regular) throw DataError(path, "is not a regular file");
  return read_large_file(path, workers);
}

void expect_memory(const std::string& path, std::uint64_t bytes) {
  const std::uint64_t available = available_memory();
  if (bytes <= available) return;
  throw MemoryError(fmt::format("{}: needs {} of memory decoded, {} are available", path, human_bytes(bytes),
                                human_bytes(available)));
}

bool is_gzip(std::string_view content) { return content.starts_with("\x1f\x8b"); }

std::string gunzip_prefix(std::string_view content, std::size_t size) {
  Inflater inflater(content);
  std::string prefix(size, '\0');
  prefix.resize(inflater.read(reinterpret_cast<std::uint8_t*>(prefix.data()), size));
  return prefix;
}

void gunzip(std::string_view content, const std::string& path, std::span<std::uint8_t> out, const Workers& workers) {
  // Unpacking is work for one; others can meanwhile bring the memory, until the data turn out to be damaged.
  constexpr std::size_t kPiece = std::size_t{4} << 20;
  bool good = false;
  std::atomic<bool> over = false;
  workers.run(1 + static_cast<std::int64_t>(out.size() / kPiece), [&](std::int64_t task, int) {
    if (task == 0) {
      good = gunzip_whole(content, out);
      over = true;
    } else if (!over) {
      arrive(out.subspan(static_cast<std::size_t>(task - 1) * kPiece, kPiece));
    }
  });
  if (good) return;
  Inflater inflater(content);
  const std::size_t done = inflater.read(out.data(), out.size());
  std::uint8_t beyond = 0;
  const bool more = done == out.size() && inflater.read(&beyond, 1) > 0;  // also reads the checksum behind the data
  if (more) throw DataError(path, fmt::format("the gzip data hold more than the {} bytes expected", out.size()));
  if (inflater.damaged()) throw DataError(path, fmt::format("damaged gzip data: {}", inflater.message()));
  if (!inflater.ended())
    throw DataError(path, fmt::format("the gzip data are cut off after {} of {} bytes", done, out.size()));
  if (done < out.size())
    throw DataError(path, fmt::format("the gzip data hold {} bytes, {} expected", done, out.size()));
  if (inflater.unread() > 0) throw DataError(path, fmt::format("{} bytes follow the gzip data", inflater.unread()));
}

bool natural_less(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a, whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view x = take_number(a), y = take_number(b);
      if (x != y) return x.size() != y.size() ? x.size() < y.size() : x < y;
    } else {
      if (a.front() != b.front()) return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.empty() != b.empty() ? a.empty() : whole_a < whole_b;
}

std::vector<std::string> numbered_names(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace cnnctl
