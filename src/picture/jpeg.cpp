// The door to libjpeg-turbo. Whatever it warns of as damage is an error here: an incomplete picture is never grey.
#include <fmt/format.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdint>
#include <cstdio>
// After jpeglib.h.
#include <jerror.h>

#include "base/error.hpp"
#include "picture/exif.hpp"
#include "picture/formats.hpp"

namespace cnnctl {
namespace {

/// All that one decoding needs, in one place that outlives the jumps of libjpeg's error handling.
struct Job {
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX] = {};
  RawPicture raw;

  static Job& of(j_common_ptr decoder) { return *static_cast<Job*>(decoder->client_data); }
};

[[noreturn]] void fail(j_common_ptr decoder) {
  Job& job = Job::of(decoder);
  job.errors.format_message(decoder, job.message);
  std::longjmp(job.escape, 1);
}

/// Warnings that mean lost pixels end the decoding; oddities between the parts of a file do not.
void on_message(j_common_ptr decoder, int level) {
  const int code = decoder->err->msg_code;
  const bool harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_BOGUS_ICC;
  if (level < 0 && !harmless) fail(decoder);
}

/// A progressive picture of thousands of empty scans would take minutes.
void limit_scans(j_common_ptr decoder) {
  constexpr int kMostScans = 500;
  Job& job = Job::of(decoder);
  if (job.decoder.input_scan_number <= kMostScans) return;
  std::snprintf(job.message, sizeof job.message, "more than %d scans", kMostScans);
  std::longjmp(job.escape, 1);
}

J_COLOR_SPACE wanted(J_COLOR_SPACE stored) {
  if (stored == JCS_GRAYSCALE) return JCS_GRAYSCALE;
  return stored == JCS_CMYK || stored == JCS_YCCK ? JCS_CMYK : JCS_RGB;
}

/// Of the first block of EXIF among the markers that were kept.
int orientation_of(jpeg_saved_marker_ptr marker) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  for (; marker != nullptr; marker = marker->next) {
    const std::string_view content(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == JPEG_APP0 + 1 && content.starts_with(kExif))
      return exif_orientation(content.substr(kExif.size()));
  }
  return 1;
}

/// Holds no object with a destructor: it may be left by longjmp. False: see job.message.
bool run(Job& job, std::string_view bytes, const std::string& path) {
  jpeg_decompress_struct& decoder = job.decoder;
  if (setjmp(job.escape) != 0) return false;
  jpeg_create_decompress(&decoder);
  decoder.progress = &job.progress;
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_save_markers(&decoder, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&decoder, TRUE);
  job.raw.orientation = orientation_of(decoder.marker_list);
  job.raw.width = decoder.image_width;
  job.raw.height = decoder.image_height;
  check_picture_size(path, job.raw.width, job.raw.height);
  decoder.out_color_space = wanted(decoder.jpeg_color_space);
  decoder.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&decoder);
  job.raw.channels = decoder.output_components;
  job.raw.cmyk = decoder.out_color_space == JCS_CMYK;
  job.raw.samples.resize(static_cast<std::size_t>(job.raw.height * job.raw.width * job.raw.channels));
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row =
        job.raw.samples.data() + static_cast<std::size_t>(decoder.output_scanline) * job.raw.width * job.raw.channels;
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_finish_decompress(&decoder);
  return true;
}

/// Frees what libjpeg took, however the decoding ended.
struct Guard {
  jpeg_decompress_struct& decoder;
  ~Guard() { jpeg_destroy_decompress(&decoder); }
};

/// Up to which byte the decoder came; at the end it goes on in bytes of its own.
std::size_t position_of(const jpeg_decompress_struct& decoder, std::string_view bytes) {
  if (decoder.src == nullptr) return 0;
  const auto next = reinterpret_cast<std::uintptr_t>(decoder.src->next_input_byte);
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  return next >= begin && next - begin < bytes.size() ? next - begin : bytes.size();
}

}  // namespace

RawPicture decode_jpeg(std::string_view bytes, const std::string& path) {
  Job job;
  job.decoder.err = jpeg_std_error(&job.errors);
  job.decoder.client_data = &job;
  job.errors.error_exit = fail;
  job.errors.emit_message = on_message;
  job.progress.progress_monitor = limit_scans;
  const Guard guard{job.decoder};
  if (!run(job, bytes, path))
    throw DataError(path, fmt::format("damaged or incomplete JPEG: {} (noticed at byte {} of {})", job.message,
                                      position_of(job.decoder, bytes), bytes.size()));
  const bool inverted = job.raw.cmyk && job.decoder.saw_Adobe_marker == TRUE;  // Adobe stores 255 for no ink
  if (job.raw.cmyk && !inverted)
    for (std::uint8_t& sample : job.raw.samples) sample = static_cast<std::uint8_t>(255 - sample);
  return std::move(job.raw);
}

}  // namespace cnnctl
