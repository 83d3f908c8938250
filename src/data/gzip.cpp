#include "data/gzip.hpp"

#include <fmt/format.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "base/error.hpp"
#include "base/fresh.hpp"

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

}  // namespace

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

}  // namespace cnnctl
