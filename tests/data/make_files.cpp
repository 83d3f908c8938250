#include "data/make_files.hpp"

#include <cstdio>
#include <cstdlib>

// After cstdio, which it needs.
#include <jpeglib.h>
#include <zlib.h>

namespace cnnctl::testing {
namespace {

void put_big_endian(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift & 255);
}

void put_little_endian(std::string& to, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 255);
}

std::string deflated(std::string_view content, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string idx(const std::vector<std::uint32_t>& sizes, std::string_view values, char type) {
  std::string file{'\0', '\0', type, static_cast<char>(sizes.size())};
  for (const std::uint32_t size : sizes) put_big_endian(file, size);
  return file.append(values);
}

std::string gzip(std::string_view content) { return deflated(content, 16 + MAX_WBITS); }

std::string png_chunk(std::string_view name, std::string_view content) {
  std::string chunk;
  put_big_endian(chunk, static_cast<std::uint32_t>(content.size()));
  chunk.append(name).append(content);
  const auto* checked = reinterpret_cast<const Bytef*>(chunk.data() + 4);
  put_big_endian(chunk, static_cast<std::uint32_t>(crc32(0, checked, static_cast<uInt>(chunk.size() - 4))));
  return chunk;
}

std::string png(const PngHeader& header, std::string_view rows, std::string_view more) {
  std::string numbers;
  put_big_endian(numbers, header.width);
  put_big_endian(numbers, header.height);
  for (const int value : {header.depth, header.colour, 0, 0, header.interlace}) numbers += static_cast<char>(value);
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", numbers) + std::string(more) +
         png_chunk("IDAT", deflated(rows, MAX_WBITS)) + png_chunk("IEND", "");
}

std::string plain_png(std::uint32_t width, std::uint32_t height, int r, int g, int b) {
  std::string row(1, '\0'), rows;
  for (std::uint32_t x = 0; x < width; ++x)
    for (const int value : {r, g, b}) row += static_cast<char>(value);
  for (std::uint32_t y = 0; y < height; ++y) rows += row;
  return png({.width = width, .height = height}, rows);
}

std::string bmp(int width, int height, std::string_view pixels) {
  const int row = (3 * width + 3) / 4 * 4;
  std::string file = "BM";
  for (const int value : {54 + row * height, 0, 54, 40, width, height})
    put_little_endian(file, static_cast<std::uint32_t>(value), 4);
  put_little_endian(file, 1, 2);
  put_little_endian(file, 24, 2);
  file.append(24, '\0');
  for (int y = height - 1; y >= 0; --y) {
    for (int x = 0; x < width; ++x)
      for (const int c : {2, 1, 0}) file += pixels[static_cast<std::size_t>((y * width + x) * 3 + c)];
    file.append(static_cast<std::size_t>(row - 3 * width), '\0');
  }
  return file;
}

std::string jpeg(int width, int height, int channels, const std::vector<std::uint8_t>& samples, bool progressive) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = static_cast<JDIMENSION>(width);
  encoder.image_height = static_cast<JDIMENSION>(height);
  encoder.input_components = channels;
  encoder.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, 100, TRUE);
  if (progressive) jpeg_simple_progression(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    auto* row = const_cast<JSAMPLE*>(samples.data()) +
                static_cast<std::size_t>(encoder.next_scanline) * static_cast<std::size_t>(width * channels);
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return file;
}

}  // namespace cnnctl::testing
