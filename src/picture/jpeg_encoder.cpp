// The other direction of libjpeg-turbo: from pixels to the bytes of a JPEG.
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
// After cstdio.
#include <jpeglib.h>

#include "base/check.hpp"
#include "base/error.hpp"
#include "picture/picture.hpp"

namespace cnnctl {
namespace {

/// All that one encoding needs, in one place that outlives the jumps of libjpeg's error handling.
struct Encoding {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape;
  unsigned char* bytes = nullptr;
  unsigned long size = 0;

  ~Encoding() {
    jpeg_destroy_compress(&encoder);
    std::free(bytes);
  }
};

[[noreturn]] void leave(j_common_ptr encoder) { std::longjmp(static_cast<Encoding*>(encoder->client_data)->escape, 1); }

/// Holds no object with a destructor: it may be left by longjmp.
bool encode(Encoding& job, const Picture& picture, int quality) {
  jpeg_compress_struct& encoder = job.encoder;
  if (setjmp(job.escape) != 0) return false;
  jpeg_create_compress(&encoder);
  jpeg_mem_dest(&encoder, &job.bytes, &job.size);
  encoder.image_width = static_cast<JDIMENSION>(picture.width);
  encoder.image_height = static_cast<JDIMENSION>(picture.height);
  encoder.input_components = static_cast<int>(picture.channels);
  encoder.in_color_space = picture.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    // libjpeg writes to no row that it is given.
    auto* row = const_cast<JSAMPROW>(picture.pixels.data() + static_cast<std::size_t>(encoder.next_scanline) *
                                                                 static_cast<std::size_t>(picture.width) *
                                                                 static_cast<std::size_t>(picture.channels));
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  return true;
}

}  // namespace

std::string encode_jpeg(const Picture& picture, int quality) {
  CNNCTL_CHECK(picture.channels == 1 || picture.channels == 3);
  Encoding job;
  job.encoder.err = jpeg_std_error(&job.errors);
  job.encoder.client_data = &job;
  job.errors.error_exit = leave;
  if (!encode(job, picture, quality)) throw MemoryError("no memory to compress a picture");
  return {reinterpret_cast<const char*>(job.bytes), job.size};
}

}  // namespace cnnctl
