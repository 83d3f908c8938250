#include "kernels/conv/geometry.hpp"

#include <utility>

namespace cnnctl::kernels {

ConvGeometry mirrored(const ConvGeometry& g) {
  ConvGeometry m = g;
  std::swap(m.h, m.oh);
  std::swap(m.w, m.ow);
  std::swap(m.c, m.k);
  m.pad_top = (g.kh - 1) * g.dilation_h - g.pad_top;
  m.pad_left = (g.kw - 1) * g.dilation_w - g.pad_left;
  return m;
}

}  // namespace cnnctl::kernels
