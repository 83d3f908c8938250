// How a camera was held: the orientation that EXIF keeps beside the pixels. Knows one tag; knows no decoder.
#pragma once

#include <cstdint>
#include <string_view>

#include "picture/picture.hpp"

namespace cnnctl {

/// The orientation, 1 to 8, in a block of EXIF as TIFF has it, from its byte order mark on (CIPA DC-008, tag 0x0112 of
/// the first directory). 1, upright, where there is none, or where the block is damaged.
int exif_orientation(std::string_view tiff);

/// The same of the eXIf chunk of a PNG that was proved whole.
int png_orientation(std::string_view bytes);

/// The picture as it is meant to be seen: mirrored (2, 4, 5, 7) and turned as its orientation says.
template <class T>
PictureOf<T> upright(PictureOf<T> picture, int orientation);

}  // namespace cnnctl
