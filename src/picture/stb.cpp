// The door to stb_image and stb_image_write. Of their formats only PNG and BMP are compiled in: the others have known
// holes. Everything that comes here was proved whole by image_check.cpp.
#include <fmt/format.h>

#include <climits>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 32768
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // fields of its context that only streams use
#include <stb_image.h>
#pragma GCC diagnostic pop
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "picture/formats.hpp"
#include "picture/picture.hpp"

namespace cnnctl {

namespace {

/// What `load` of stb gives, in `samples`. Channels as stored: stb's own conversions are not safe when memory runs out.
template <class T, class Load>
void load_raw(Load load, std::string_view bytes, const std::string& path, RawPicture& raw, std::vector<T>& samples) {
  if (bytes.size() > INT_MAX) throw DataError(path, "is larger than 2 GiB");
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<T, void (*)(void*)> loaded(load(reinterpret_cast<const stbi_uc*>(bytes.data()),
                                                        static_cast<int>(bytes.size()), &width, &height, &channels, 0),
                                                   stbi_image_free);
  if (loaded == nullptr) throw DataError(path, fmt::format("damaged picture: {}", stbi_failure_reason()));
  raw.height = height;
  raw.width = width;
  raw.channels = channels;
  samples.assign(loaded.get(), loaded.get() + std::int64_t{height} * width * channels);
}

}  // namespace

RawPicture decode_png_or_bmp(std::string_view bytes, const std::string& path, bool wide) {
  RawPicture raw;
  if (wide)
    load_raw(stbi_load_16_from_memory, bytes, path, raw, raw.wide);
  else
    load_raw(stbi_load_from_memory, bytes, path, raw, raw.samples);
  return raw;
}

void write_png(const std::string& path, const Picture& picture) {
  CNNCTL_CHECK_EQ(picture.pixels.size(), picture.height * picture.width * picture.channels);
  std::string content;
  const auto append = [](void* to, void* data, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  const auto channels = static_cast<int>(picture.channels), width = static_cast<int>(picture.width);
  const int written = stbi_write_png_to_func(append, &content, width, static_cast<int>(picture.height), channels,
                                             picture.pixels.data(), width * channels);
  if (written == 0) throw MemoryError("no memory to write " + path);
  write_file_atomically(path, content);
}

}  // namespace cnnctl
